#include "exec/run_plan.h"

#include <algorithm>
#include <chrono>
#include <mutex>

#include "base/error.h"
#include "exec/executors.h"
#include "exec/prepare_view.h"
#include "exec/staging.h"
#include "exec/stretches.h"
#include "exec/supply_source.h"
#include "plan/axis_order.h"
#include "plan/direct_move.h"

namespace voxline {
namespace {

using Clock = std::chrono::steady_clock;
// Moved at once between a file and memory.
constexpr std::int64_t kMovedBytes = std::int64_t{4} << 20;
constexpr auto kProgressInterval = std::chrono::milliseconds(100);

// Turns voxels done into calls of `progress`, never more often than every interval.
class Progress {
 public:
  Progress(std::int64_t total, const std::function<void(double)>& report) : total_(total), report_(report) {}

  void add(std::int64_t voxels) {
    const std::int64_t done = done_.fetch_add(voxels, std::memory_order_relaxed) + voxels;
    const std::int64_t now = Clock::now().time_since_epoch().count();
    std::int64_t due = due_.load(std::memory_order_relaxed);
    if (!report_ || now < due) return;
    const std::int64_t next = now + std::chrono::duration_cast<Clock::duration>(kProgressInterval).count();
    if (due_.compare_exchange_strong(due, next)) report_(static_cast<double>(done) / static_cast<double>(total_));
  }

 private:
  std::int64_t total_;
  const std::function<void(double)>& report_;
  std::atomic<std::int64_t> done_{0};
  std::atomic<std::int64_t> due_{0};
};

FileSinkOptions sinkOptions(const Sink& sink, int threads) {
  FileSinkOptions options;
  options.layout = std::get<FileLayout>(sink.storage);
  options.level = sink.gzipLevel;
  options.overwrite = sink.overwrite;
  options.isPaste = sink.isPaste;
  options.length = sink.length;
  options.threads = threads;
  return options;
}

class PassRun {
 public:
  PassRun(Plan plan, const StopFlag& stop, const RunHooks& hooks)
      : plan_(std::move(plan)), stop_(stop), hooks_(hooks), footprint_(plan_), direct_(directMoveOf(plan_)), pass_(planPass(plan_, footprint_, passLimits())),
        progress_(plan_.region.size(), hooks.progress), context_(plan_, footprint_, pass_, *stop), tileRuns_(context_), sources_(plan_.nodes.size()),
        sinks_(plan_.sinks.size()), feeds_(plan_.nodes.size()), outputs_(plan_.sinks.size()) {
    context_.onAdvance = [this](std::int64_t voxels) { progress_.add(voxels); };
  }

  RunOutcome run() {
    const auto begin = Clock::now();
    open();
    if (direct_ == DirectMove::None) carry();
    else moveDirectly();
    if (context_.isStopping()) throw Error(Code::Aborted, "the run was stopped");
    checkIntact();
    for (auto& output : outputs_)
      if (output) output->finish();
    RunOutcome outcome;
    outcome.results = context_.results();
    for (std::size_t i = 0; i < feeds_.size(); ++i)
      if (feeds_[i] && plan_.nodes[i].supply < 0) outcome.bytesRead += feeds_[i]->bytesRead();
    outcome.bytesWritten = bytesWritten_;
    outcome.milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
    for (const auto& spent : context_.nanoseconds) outcome.stageMilliseconds.push_back(static_cast<double>(spent.load()) / 1e6);
    return outcome;
  }

 private:
  // One division between its reading and its writing.
  struct Flight {
    Division division;
    std::vector<Region> tiles;
    std::unique_ptr<Stretches> stretches;  // where workers share tiles
  };

  void open() {
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      const Node& node = plan_.nodes[i];
      if (node.kind != Node::Kind::Source || !footprint_.isNeeded(static_cast<NodeId>(i))) continue;
      if (const auto* view = std::get_if<View>(&node.storage)) {
        sources_[i] = {*view, {}};
        continue;
      }
      const auto& layout = std::get<FileLayout>(node.storage);
      if (node.supply >= 0) {
        const Supply& supply = plan_.supplies[static_cast<std::size_t>(node.supply)];
        feeds_[i] = std::make_unique<SourceFeed>(layout, std::make_unique<SupplySource>(supply, plan_.rank, plan_.axes));
        continue;
      }
      feeds_[i] = std::make_unique<SourceFeed>(layout);
      if (pass_.spoolSources && layout.compression != Compression::None) feeds_[i]->spool(*stop_);
    }
    for (std::size_t s = 0; s < plan_.sinks.size(); ++s) openSink(s);
    flights_.resize(pass_.flights);
  }

  // Before a file appears that was made of voxels a mapped file no longer has.
  void checkIntact() const {
    for (const Node& node : plan_.nodes)
      if (const auto* view = std::get_if<View>(&node.storage); view && view->memory) view->memory->checkIntact();
    for (const Sink& sink : plan_.sinks)
      if (const auto* view = std::get_if<View>(&sink.storage)) view->memory->checkIntact();
  }

  void openSink(std::size_t s) {
    const Sink& sink = plan_.sinks[s];
    if (const auto* view = std::get_if<View>(&sink.storage)) {
      prepareView(*view, pass_.threads, *stop_);
      sinks_[s] = {*view, plan_.region.start};
      return;
    }
    FileSinkOptions options = sinkOptions(sink, pass_.threads);
    if (sink.header >= 0) options.header = plan_.headers[static_cast<std::size_t>(sink.header)];
    options.parallelFor = [this](std::int64_t count, const std::function<void(std::int64_t)>& body) {
      parallelFor(count, pass_.threads, *stop_, [&](std::int64_t i, Worker&) { body(i); });
      if (context_.isStopping()) throw Error(Code::Aborted, "the run was stopped");
    };
    outputs_[s] = FileSink::open(std::move(options));
  }

  // Between a file and memory, without tiles: workers do not wait for disks.
  void moveDirectly() {
    const Sink& sink = plan_.sinks.front();
    const auto count = static_cast<std::int64_t>(pass_.divisions.size());
    for (std::int64_t d = 0; d < count; ++d) {
      tellBegun(d, count);
      for (const Region& part : partsInOrder(pass_.divisions[static_cast<std::size_t>(d)], stridesOf(sink.storage), sink.stored, kMovedBytes)) {
        if (direct_ == DirectMove::FileToMemory) feeds_.front()->readTo(part, partOf(sinks_.front(), part), *stop_);
        else write(0, part, partOf(sources_.front(), part));
        progress_.add(part.size());
      }
    }
  }

  // Reads what the division needs of files, and makes room for what goes to files.
  Flight begin(const Region& region, CarriedRows::Slots slots) {
    Flight flight{{region, sources_, sinks_, std::move(slots)}, {region}, nullptr};
    for (std::size_t i = 0; i < feeds_.size(); ++i)
      if (feeds_[i]) flight.division.sources[i] = feeds_[i]->next(footprint_.region(static_cast<NodeId>(i), region), *stop_);
    for (std::size_t s = 0; s < outputs_.size(); ++s)
      if (outputs_[s]) flight.division.sinks[s] = stagedFor(std::get<FileLayout>(plan_.sinks[s].storage), region);
    if (!plan_.reference) flight.tiles = cutTiles(region, pass_.layout.tile, pass_.leaves);
    return flight;
  }

  void write(const Division& division) {
    for (std::size_t s = 0; s < outputs_.size(); ++s)
      if (outputs_[s]) write(s, division.region, division.sinks[s].view);
  }

  void write(std::size_t sink, Region region, const View& voxels) {
    for (int a = 0; a < plan_.rank; ++a) region.start[a] -= plan_.region.start[a];
    outputs_[sink]->write(region, voxels, *stop_);
    bytesWritten_ += region.size() * static_cast<std::int64_t>(sizeOf(plan_.sinks[sink].stored));
  }

  // A tile, and then parts of those that others are at.
  void compute(const Flight& flight, std::int64_t tile, Worker& worker) {
    if (plan_.reference) return runReference(context_, flight.division, worker);
    {
      Stretch own(flight.stretches.get(), flight.tiles[static_cast<std::size_t>(tile)], pass_.layout.slide);
      tileRuns_.run(flight.division, own, worker);
    }
    if (!flight.stretches) return;
    while (const auto part = flight.stretches->take()) tileRuns_.run(flight.division, *part, worker);
  }

  // Where workers would otherwise wait for the last tile.
  bool sharesTiles(bool isLast) const { return pass_.layout.mayShare && pass_.workers > 1 && (isLast || pass_.carried > 0 || pass_.staging > 0); }

  void carry() {
    // What one division leaves behind the next one takes over.
    Rounds rounds(pass_.workers, *stop_, pass_.carried > 0, !plan_.scripts.empty());
    try {
      carry(rounds);
    } catch (...) {
      // Reading and writing end too when the computation has failed: then that is what went wrong.
      const bool hasFailed = rounds.hasFailed();
      stop_->store(true);
      if (hasFailed) rounds.wait(static_cast<std::int64_t>(pass_.divisions.size()));
      throw;
    }
  }

  // While the workers compute a division, this thread writes the one before and reads the next.
  void carry(Rounds& rounds) {
    const auto count = static_cast<std::int64_t>(pass_.divisions.size()), room = static_cast<std::int64_t>(flights_.size());
    CarriedRows::Slots slots(plan_.nodes.size());
    for (std::int64_t d = 0; d < count; ++d) {
      if (d >= room) land(rounds, d - room);
      const Region& region = pass_.divisions[static_cast<std::size_t>(d)];
      Flight& flight = flightOf(d);
      flight = begin(region, slots);
      slots = context_.carried.slotsAfter(slots, region);
      if (sharesTiles(d + 1 == count)) flight.stretches = std::make_unique<Stretches>(flight.tiles.size(), footprint_.longestReach(pass_.layout.slide));
      const auto work = [this, &flight, d, count](std::int64_t tile, Worker& worker) {
        if (tile == 0) tellBegun(d, count);
        compute(flight, tile, worker);
      };
      const bool landsNext = d + 1 >= std::min(room, count);
      rounds.add(static_cast<std::int64_t>(flight.tiles.size()), work, landsNext);
    }
    for (std::int64_t d = std::max<std::int64_t>(0, count - room); d < count; ++d) land(rounds, d);
  }

  // In order: two divisions may begin on two workers at about the same time.
  void tellBegun(std::int64_t division, std::int64_t count) {
    const std::lock_guard lock(telling_);
    for (; begun_ <= division; ++begun_)
      if (hooks_.division) hooks_.division(begun_, count);
  }

  Flight& flightOf(std::int64_t division) { return flights_[static_cast<std::size_t>(division) % flights_.size()]; }

  void land(Rounds& rounds, std::int64_t division) {
    rounds.wait(division + 1);
    write(flightOf(division).division);
    flightOf(division) = {};
  }

  Plan plan_;
  const StopFlag& stop_;
  const RunHooks& hooks_;
  Footprint footprint_;
  DirectMove direct_;
  Pass pass_;
  Progress progress_;
  PassContext context_;
  TileRuns tileRuns_;
  std::vector<Staged> sources_;  // per node, of those in memory
  std::vector<Staged> sinks_;    // per sink, of those in memory
  std::vector<std::unique_ptr<SourceFeed>> feeds_;    // per node
  std::vector<std::unique_ptr<FileSink>> outputs_;    // per sink
  std::vector<Flight> flights_;
  std::mutex telling_;
  std::int64_t begun_ = 0;  // divisions
  std::int64_t bytesWritten_ = 0;
};

}  // namespace

PassLimits passLimits() {
  const auto writing = [](const Sink& sink, const Region& region, int threads) {
    return FileSink::memory(sinkOptions(sink, threads), region);
  };
  return {poolSize(), cacheBytes(), scratchBytes(poolSize()), {FileSource::memory, spoolMemory, writing}};
}

RunOutcome runPlan(Plan plan, const StopFlag& stop, const RunHooks& hooks) {
  orderAxes(plan);
  return PassRun(std::move(plan), stop, hooks).run();
}

}  // namespace voxline
