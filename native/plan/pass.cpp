#include "plan/pass.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "plan/direct_move.h"
#include "plan/division_cuts.h"
#include "plan/staged_bytes.h"
#include "volume/huge_pages.h"
#include "volume/page_layer.h"

namespace voxline {
namespace {

// Parts of files in memory at once: what is computed, and what is read or written meanwhile.
constexpr std::size_t kFlights = 2;
// Divisions of volumes in memory take none: so many that workers do not wait for the thread that adds them.
constexpr std::size_t kFlightsInMemory = 64;

class PassPlanner {
 public:
  PassPlanner(const Plan& plan, const Footprint& footprint, const PassLimits& limits)
      : plan_(plan), footprint_(footprint), limits_(limits), cuts_(plan, footprint) {}

  Pass run() const { return plan_.divisions > 0 ? fitDivisions() : fit(); }

  std::size_t leastPeak() const {
    std::size_t least = SIZE_MAX;
    for (const std::int64_t count : {std::int64_t{1}, cuts_.most()})
      for (const std::size_t room : {cache(), cache() / 4}) least = std::min(least, make(cuts_.cut(count), 1, room).peak);
    return least;
  }

 private:
  // --- memory

  int threads() const { return plan_.threads > 0 ? std::min(plan_.threads, limits_.workers) : limits_.workers; }

  std::size_t budget() const { return static_cast<std::size_t>(plan_.memory); }

  // Of a core's cache, beside what passes through it.
  std::size_t cache() const { return limits_.cache * 6 / 10; }

  // What a worker's scratch may take, best first. More than the cache pays where halos are wide, as long as a budget hardly feels it: what
  // lies beside the kernels' own scratch in one huge page costs nothing. What supplies a pass takes memory that is not counted here: none
  // is spent freely unless a budget says that it is there.
  std::vector<std::size_t> rooms(int threads) const {
    std::size_t ample = limits_.scratch;
    if (plan_.memory > 0) ample = std::min(ample, std::max(budget() / 16 / static_cast<std::size_t>(threads), kHugePage - kLocalBytes));
    else if (!plan_.supplies.empty()) ample = 0;
    if (ample > cache()) return {ample, cache(), cache() / 4};
    return {cache(), cache() / 4};
  }

  Pass make(std::vector<Region> divisions, int threads, std::size_t room) const {
    Pass pass;
    pass.divisions = std::move(divisions);
    pass.slabs = cuts_.slabsOf(pass.divisions);
    pass.threads = threads;
    pass.spoolSources = cuts_.isAgainstOrder() && pass.divisions.size() > 1;
    pass.leaves = cuts_.leaves();
    const Region& largest = *std::max_element(pass.divisions.begin(), pass.divisions.end(),
                                              [](const Region& a, const Region& b) { return a.size() < b.size(); });
    pass.carried = Carry(plan_, footprint_, pass.slabs).bytes();
    pass.staging = stagingBytes(pass.divisions);
    pass.flights = std::min(pass.divisions.size(), pass.staging > 0 ? kFlights : kFlightsInMemory);
    if (!plan_.reference) pass.layout = layOutTiles(plan_, footprint_, {largest, threads, regionsOf(pass), cache(), room, mayShare(pass)});
    pass.workers = plan_.reference ? 1 : workersFor(largest, pass);
    pass.scratch = plan_.reference ? referenceBytes(pass.divisions) : static_cast<std::size_t>(pass.workers) * scratchBytesOf(pass.layout.scratchBytes);
    if (directMoveOf(plan_) != DirectMove::None) pass.scratch = 0;
    pass.codecs = std::max(codecBytes(pass, pass.divisions.front()), codecBytes(pass, largest));
    pass.states = stateBytes(pass.workers);
    pass.spooling = pass.spoolSources ? spoolBytes() : 0;
    pass.peak = std::max(pass.scratch + pass.states + pass.carried + pass.staging + pass.codecs, pass.spooling);
    note(pass);
    return pass;
  }

  // Divisions whose tiles are there for the workers at once: they wait for each other at the end of one that leaves rows behind, and for
  // files.
  static std::int64_t regionsOf(const Pass& pass) {
    return pass.carried > 0 || pass.staging > 0 ? 1 : static_cast<std::int64_t>(pass.flights);
  }

  // Where rows are left to the next division, slabs follow the axis that slides. Functions of the host take too long to be called for more
  // halos; what is only moved may not slide, and waits for memory.
  bool mayShare(const Pass& pass) const {
    const bool computes = std::any_of(plan_.nodes.begin(), plan_.nodes.end(), [](const Node& node) { return node.kind != Node::Kind::Source; });
    return (pass.carried == 0 || pass.slabs.axis == slideOf(plan_.rank)) && plan_.scripts.empty() && computes;
  }

  // One per worker; how much more tables of labels take nobody knows before.
  std::size_t stateBytes(int workers) const {
    std::size_t sum = 0;
    for (const Node& node : plan_.nodes)
      if (node.kind == Node::Kind::Reduce) sum += node.kernel->stateBytes(node.params, plan_.rank);
    return sum * static_cast<std::size_t>(workers);
  }

  // As many as there are tiles at once, and those of a pass.
  int workersFor(const Region& largest, const Pass& pass) const {
    std::int64_t tiles = pass.carried > 0 ? 1 : static_cast<std::int64_t>(pass.flights);
    for (int a = 0; a < plan_.rank; ++a) {
      const std::int64_t length = pass.layout.tile[a], pieces = (largest.shape[a] + length - 1) / length;
      tiles *= a == 0 && pass.leaves && pieces > 1 ? pieces + 1 : pieces;
    }
    return static_cast<int>(std::min<std::int64_t>(pass.threads, tiles));
  }

  std::size_t referenceBytes(const std::vector<Region>& divisions) const {
    std::size_t most = 0;
    for (const Region& division : divisions) {
      std::size_t sum = scratchBytesOf(referenceLocalBytes(plan_));
      for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
        const auto id = static_cast<NodeId>(i);
        if (footprint_.isNeeded(id) && plan_.nodes[i].kind != Node::Kind::Reduce) sum += referenceBufferBytes(plan_, footprint_, id, division);
      }
      most = std::max(most, sum);
    }
    return most;
  }

  // Of every file the division that is computed, and beside it the next one being read or the one before being written.
  std::size_t stagingBytes(const std::vector<Region>& divisions) const {
    std::size_t before = 0, most = 0;
    for (const Region& division : divisions) {
      const std::size_t bytes = stagedBytes(plan_, footprint_, division);
      most = std::max(most, before + bytes);
      before = bytes;
    }
    return most;
  }

  // Beside the voxels of a division. Those of one pass differ little in shape; a single row of some may be read without a buffer.
  std::size_t codecBytes(const Pass& pass, const Region& division) const {
    std::size_t sum = 0;
    eachSource(plan_, footprint_, [&](const Node& node, NodeId id) {
      if (!fileOf(node.storage) || node.supply >= 0) return;
      FileLayout file = *fileOf(node.storage);
      if (pass.spoolSources) file.compression = Compression::None;
      sum += limits_.files.reading(file, footprint_.region(id, division));
    });
    for (const Sink& sink : plan_.sinks)
      if (fileOf(sink.storage)) sum += limits_.files.writing(sink, division, pass.threads);
    return sum;
  }

  // One file after another.
  std::size_t spoolBytes() const {
    std::size_t most = 0;
    eachSource(plan_, footprint_, [&](const Node& node, NodeId) {
      if (isCompressed(node.storage)) most = std::max(most, limits_.files.spooling(*fileOf(node.storage)));
    });
    return most;
  }

  void note(Pass& pass) const {
    eachSource(plan_, footprint_, [&](const Node& node, NodeId) {
      if (isCompressed(node.storage) && pass.spoolSources)
        pass.notes.push_back(fileOf(node.storage)->path + ": decoded to a scratch file, because it is wanted in another order than it is stored");
    });
    if (cuts_.isForwardOnly() && plan_.blocks && pass.divisions.size() > 1) pass.notes.push_back("slabs instead of blocks, because a compressed file is read or written forward only");
  }

  // --- budget

  // The fewest divisions within the budget; peaks fall with their number.
  std::optional<Pass> fewest(int threads, std::size_t room) const {
    Pass pass = make(cuts_.cut(1), threads, room);
    if (isWithinBudget(pass)) return pass;
    std::int64_t low = 1, high = cuts_.most();
    pass = make(cuts_.cut(high), threads, room);
    if (!isWithinBudget(pass)) return std::nullopt;
    while (low + 1 < high) {
      const std::int64_t middle = low + (high - low) / 2;
      Pass trial = make(cuts_.cut(middle), threads, room);
      if (isWithinBudget(trial)) {
        high = middle;
        pass = std::move(trial);
      } else {
        low = middle;
      }
    }
    return pass;
  }

  bool isWithinBudget(const Pass& pass) const { return plan_.memory == 0 || pass.peak <= budget(); }

  Pass fitDivisions() const {
    Pass pass;
    for (const std::size_t room : rooms(threads())) {
      pass = make(cuts_.cut(plan_.divisions), threads(), room);
      if (isWithinBudget(pass)) break;
    }
    if (!isWithinBudget(pass)) refuse(pass.peak);
    return pass;
  }

  Pass fit() const {
    for (const int workers : {threads(), 1})
      for (const std::size_t room : rooms(workers))
        if (auto pass = fewest(workers, room)) return *std::move(pass);
    refuse(leastPeak());
  }

  [[noreturn]] void refuse(std::size_t required) const {
    throw Error(Code::Memory,
                "the memory budget of " + std::to_string(plan_.memory) + " bytes is too small: at least " +
                    std::to_string(required) + " bytes are needed",
                {{"required", static_cast<double>(required)}, {"budget", static_cast<double>(plan_.memory)}});
  }

  const Plan& plan_;
  const Footprint& footprint_;
  const PassLimits& limits_;
  DivisionCuts cuts_;
};

}  // namespace

Region referenceBox(const Plan& plan, const Footprint& footprint, NodeId id, const Region& division) {
  Region box = footprint.region(id, division);
  Halo halo;
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const auto& inputs = plan.nodes[i].inputs;
    if (std::find(inputs.begin(), inputs.end(), id) == inputs.end()) continue;
    const Halo outside = footprint.outside(static_cast<NodeId>(i));
    for (int a = 0; a < plan.rank; ++a) {
      halo.low[a] = std::max(halo.low[a], outside.low[a]);
      halo.high[a] = std::max(halo.high[a], outside.high[a]);
    }
  }
  for (int a = 0; a < plan.rank; ++a) {
    box.start[a] -= halo.low[a];
    box.shape[a] += halo.low[a] + halo.high[a];
  }
  return box;
}

std::size_t referenceLocalBytes(const Plan& plan) {
  std::int64_t row = 0;
  for (const Node& node : plan.nodes) row = std::max(row, 2 * node.extent[0] + node.halo.low[0] + node.halo.high[0] + kRowSlack);
  return kLocalBytes + static_cast<std::size_t>(row) * 64;
}

std::size_t referenceBufferBytes(const Plan& plan, const Footprint& footprint, NodeId id, const Region& division) {
  Region box = referenceBox(plan, footprint, id, division);
  box.shape[0] += kRowSlack;
  return voxelBytes(box, plan.nodes[static_cast<std::size_t>(id)].dtype) + 2 * kRowSlack * 8;
}

Pass planPass(const Plan& plan, const Footprint& footprint, const PassLimits& limits) {
  return PassPlanner(plan, footprint, limits).run();
}

std::size_t leastPeak(const Plan& plan, const Footprint& footprint, const PassLimits& limits) {
  return PassPlanner(plan, footprint, limits).leastPeak();
}

}  // namespace voxline
