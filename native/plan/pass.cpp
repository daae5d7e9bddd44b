#include "plan/pass.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/error.h"
#include "plan/direct_move.h"
#include "plan/staged_bytes.h"
#include "volume/huge_pages.h"
#include "volume/page_layer.h"

namespace voxline {
namespace {

const FileLayout* fileOf(const Storage& storage) { return std::get_if<FileLayout>(&storage); }

bool isGzip(const Storage& storage) {
  const FileLayout* file = fileOf(storage);
  return file && file->compression != Compression::None;
}

// Along which axis a file wants to be read or written, and from which end.
struct Order {
  int axis = -1;
  bool descending = false;
  bool operator==(const Order&) const = default;
};

class PassPlanner {
 public:
  PassPlanner(const Plan& plan, const Footprint& footprint, const PassLimits& limits)
      : plan_(plan), footprint_(footprint), limits_(limits) {
    chooseOrder();
  }

  Pass run() const { return plan_.divisions > 0 ? fitDivisions() : fit(); }

  std::size_t leastPeak() const {
    std::size_t least = SIZE_MAX;
    for (const std::int64_t count : {std::int64_t{1}, mostDivisions()})
      for (const std::size_t room : {cache(), cache() / 4}) least = std::min(least, make(cut(count), 1, room).peak);
    return least;
  }

 private:
  // --- order

  Order orderOf(const Storage& storage) const {
    const Index& strides = stridesOf(storage);
    Order order;
    for (int a = 0; a < plan_.rank; ++a)
      if (plan_.region.shape[a] > 1 && (order.axis < 0 || std::abs(strides[a]) > std::abs(strides[order.axis]))) order.axis = a;
    if (order.axis >= 0) order.descending = fileOf(storage) && strides[order.axis] < 0;
    return order;
  }

  bool isWhole(int axis) const {
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i)
      if (footprint_.isNeeded(static_cast<NodeId>(i)) && footprint_.isWhole(static_cast<NodeId>(i), axis)) return true;
    return false;
  }

  template <class F>
  void eachSource(F&& f) const {
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i)
      if (plan_.nodes[i].kind == Node::Kind::Source && footprint_.isNeeded(static_cast<NodeId>(i))) f(plan_.nodes[i], static_cast<NodeId>(i));
  }

  void chooseOrder() {
    std::vector<const Storage*> byStrictness;
    const auto collect = [&](auto&& wanted) {
      for (const Sink& sink : plan_.sinks)
        if (wanted(sink.storage)) byStrictness.push_back(&sink.storage);
      eachSource([&](const Node& node, NodeId) {
        if (wanted(node.storage)) byStrictness.push_back(&node.storage);
      });
    };
    collect(isGzip);
    forwardOnly_ = !byStrictness.empty();
    collect([](const Storage& s) { return !isGzip(s); });
    order_ = orderOf(*byStrictness.front());
    if (order_.axis >= 0 && isWhole(order_.axis)) order_.axis = forwardOnly_ ? -1 : slowestCuttable(*byStrictness.front());
    eachSource([&](const Node& node, NodeId) { conflict_ = conflict_ || (isGzip(node.storage) && orderOf(node.storage) != order_); });
  }

  int slowestCuttable(const Storage& storage) const {
    const Index& strides = stridesOf(storage);
    int axis = -1;
    for (int a = 0; a < plan_.rank; ++a)
      if (plan_.region.shape[a] > 1 && !isWhole(a) && (axis < 0 || std::abs(strides[a]) > std::abs(strides[axis]))) axis = a;
    return axis;
  }

  // --- cutting

  bool isInBlocks() const { return plan_.blocks && !forwardOnly_; }

  std::vector<Region> cut(std::int64_t count) const {
    std::vector<Region> parts = isInBlocks() ? blocks(count) : slabs(count);
    if (order_.descending && order_.axis >= 0) std::reverse(parts.begin(), parts.end());
    return parts;
  }

  std::vector<Region> slabs(std::int64_t count) const {
    if (order_.axis < 0) return {plan_.region};
    std::vector<Region> parts;
    for (const Interval piece : cutAxis(order_.axis, count)) {
      parts.push_back(plan_.region);
      parts.back().setAxis(order_.axis, piece);
    }
    return parts;
  }

  Slabs slabsOf(const std::vector<Region>& divisions) const {
    if (divisions.size() < 2 || isInBlocks()) return {};
    std::int64_t longest = 0;
    for (const Region& division : divisions) longest = std::max(longest, division.shape[order_.axis]);
    return {order_.axis, order_.descending, longest};
  }

  // Leaves stay whole.
  std::vector<Interval> cutAxis(int axis, std::int64_t pieces) const {
    const Interval all = plan_.region.axis(axis);
    if (axis > 0 || !needsLeaves()) return cutEvenly(all, pieces);
    std::vector<Interval> parts;
    for (const Interval leaves : cutEvenly({all.begin / kLeaf, (all.end + kLeaf - 1) / kLeaf}, pieces))
      parts.push_back({std::max(all.begin, leaves.begin * kLeaf), std::min(all.end, leaves.end * kLeaf)});
    return parts;
  }

  bool needsLeaves() const {
    return std::any_of(plan_.nodes.begin(), plan_.nodes.end(),
                       [](const Node& node) { return node.kernel && node.kernel->ordered; });
  }

  // One piece per axis at first; the axis with the longest pieces gets one more while the product stays within the count.
  std::vector<Region> blocks(std::int64_t count) const {
    Index pieces{};
    for (int k = 0; k < plan_.rank; ++k) pieces[k] = 1;
    for (std::int64_t product = 1;;) {
      int longest = -1;
      for (int k = 0; k < plan_.rank; ++k) {
        const auto axis = static_cast<int>(plan_.axes[k]);
        if (isWhole(axis) || pieces[k] >= plan_.region.shape[axis]) continue;
        const auto length = [&](int j) {
          return static_cast<double>(plan_.region.shape[plan_.axes[j]]) / static_cast<double>(pieces[j]);
        };
        if (longest < 0 || length(k) > length(longest)) longest = k;
      }
      if (longest < 0 || product / pieces[longest] * (pieces[longest] + 1) > count) break;
      product = product / pieces[longest] * (pieces[longest] + 1);
      ++pieces[longest];
    }
    std::vector<Region> parts{plan_.region};
    for (int k = plan_.rank; k-- > 0;) {
      const auto axis = static_cast<int>(plan_.axes[k]);
      std::vector<Region> next;
      for (const Region& part : parts)
        for (const Interval piece : cutAxis(axis, pieces[k])) {
          next.push_back(part);
          next.back().setAxis(axis, piece);
        }
      parts = std::move(next);
    }
    return parts;
  }

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
    pass.slabs = slabsOf(pass.divisions);
    pass.threads = threads;
    pass.spoolSources = conflict_ && pass.divisions.size() > 1;
    pass.leaves = needsLeaves();
    const Region& largest = *std::max_element(pass.divisions.begin(), pass.divisions.end(),
                                              [](const Region& a, const Region& b) { return a.size() < b.size(); });
    if (!plan_.reference) pass.layout = layOutTiles(plan_, footprint_, {largest, threads, cache(), room});
    const int workers = plan_.reference ? 1 : workersFor(largest, pass);
    pass.scratch = plan_.reference ? referenceBytes(pass.divisions) : static_cast<std::size_t>(workers) * scratchBytesOf(pass.layout.scratchBytes);
    if (directMoveOf(plan_) != DirectMove::None) pass.scratch = 0;
    pass.carried = Carry(plan_, footprint_, pass.slabs).bytes();
    pass.staging = stagingBytes(pass.divisions);
    pass.codecs = std::max(codecBytes(pass, pass.divisions.front()), codecBytes(pass, largest));
    pass.states = stateBytes(workers);
    pass.spooling = pass.spoolSources ? spoolBytes() : 0;
    pass.peak = std::max(pass.scratch + pass.states + pass.carried + pass.staging + pass.codecs, pass.spooling);
    note(pass);
    return pass;
  }

  // One per worker; how much more tables of labels take nobody knows before.
  std::size_t stateBytes(int workers) const {
    std::size_t sum = 0;
    for (const Node& node : plan_.nodes)
      if (node.kind == Node::Kind::Reduce) sum += node.kernel->stateBytes(node.params, plan_.rank);
    return sum * static_cast<std::size_t>(workers);
  }

  // As many as there are tiles, and those of a pass; where rounds overlap a worker may begin the next division.
  int workersFor(const Region& largest, const Pass& pass) const {
    std::int64_t tiles = pass.divisions.size() > 1 ? 2 : 1;
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
    eachSource([&](const Node& node, NodeId id) {
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
    eachSource([&](const Node& node, NodeId) {
      if (isGzip(node.storage)) most = std::max(most, limits_.files.spooling(*fileOf(node.storage)));
    });
    return most;
  }

  void note(Pass& pass) const {
    eachSource([&](const Node& node, NodeId) {
      if (isGzip(node.storage) && pass.spoolSources)
        pass.notes.push_back(fileOf(node.storage)->path + ": decoded to a scratch file, because it is wanted in another order than it is stored");
    });
    if (plan_.blocks && forwardOnly_ && pass.divisions.size() > 1) pass.notes.push_back("slabs instead of blocks, because a compressed file is read or written forward only");
  }

  // --- budget

  std::int64_t mostDivisions() const {
    if (isInBlocks()) return std::min<std::int64_t>(plan_.region.size(), 1 << 16);
    return order_.axis < 0 ? 1 : std::min<std::int64_t>(plan_.region.shape[order_.axis], 1 << 16);
  }

  // The fewest divisions within the budget; peaks fall with their number.
  std::optional<Pass> fewest(int threads, std::size_t room) const {
    Pass pass = make(cut(1), threads, room);
    if (isWithinBudget(pass)) return pass;
    std::int64_t low = 1, high = mostDivisions();
    pass = make(cut(high), threads, room);
    if (!isWithinBudget(pass)) return std::nullopt;
    while (low + 1 < high) {
      const std::int64_t middle = low + (high - low) / 2;
      Pass trial = make(cut(middle), threads, room);
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
      pass = make(cut(plan_.divisions), threads(), room);
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
  Order order_;
  bool forwardOnly_ = false;
  bool conflict_ = false;
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

std::vector<Interval> cutEvenly(Interval all, std::int64_t pieces) {
  const std::int64_t length = all.length(), count = std::min(pieces, length);
  std::vector<Interval> parts;
  const auto at = [&](std::int64_t i) { return all.begin + static_cast<std::int64_t>(static_cast<__int128>(i) * length / count); };
  for (std::int64_t i = 0; i < count; ++i) parts.push_back({at(i), at(i + 1)});
  return parts;
}

}  // namespace voxline
