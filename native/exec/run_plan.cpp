#include "exec/run_plan.h"

#include <chrono>
#include <future>

#include "base/error.h"
#include "exec/executors.h"
#include "exec/prepare_view.h"
#include "exec/staging.h"
#include "exec/supply_source.h"
#include "plan/axis_order.h"

namespace voxline {
namespace {

using Clock = std::chrono::steady_clock;
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

class PassRun {
 public:
  PassRun(Plan plan, const StopFlag& stop, const RunHooks& hooks)
      : plan_(std::move(plan)), stop_(stop), hooks_(hooks), footprint_(plan_), pass_(planPass(plan_, footprint_, passLimits())),
        progress_(plan_.region.size(), hooks.progress), context_(plan_, footprint_, pass_, *stop), feeds_(plan_.nodes.size()),
        outputs_(plan_.sinks.size()) {
    context_.onAdvance = [this](std::int64_t voxels) { progress_.add(voxels); };
  }

  RunOutcome run() {
    const auto begin = Clock::now();
    open();
    carry();
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
  // What is in flight for one division: the parts of files read for it, and those to be written.
  struct Parts {
    std::vector<Staged> sources;
    std::vector<Staged> sinks;
  };

  void open() {
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      const Node& node = plan_.nodes[i];
      if (node.kind != Node::Kind::Source || !footprint_.isNeeded(static_cast<NodeId>(i))) continue;
      if (const auto* view = std::get_if<View>(&node.storage)) {
        context_.sources[i] = {*view, {}};
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
      context_.sinks[s] = {*view, plan_.region.start};
      return;
    }
    FileSinkOptions options;
    options.layout = std::get<FileLayout>(sink.storage);
    if (sink.header >= 0) options.header = plan_.headers[static_cast<std::size_t>(sink.header)];
    options.level = sink.gzipLevel;
    options.overwrite = sink.overwrite;
    options.isPaste = sink.isPaste;
    options.length = sink.length;
    options.threads = pass_.threads;
    options.parallelFor = [this](std::int64_t count, const std::function<void(std::int64_t)>& body) {
      parallelFor(count, pass_.threads, *stop_, [&](std::int64_t i, Worker&) { body(i); });
      if (context_.isStopping()) throw Error(Code::Aborted, "the run was stopped");
    };
    outputs_[s] = FileSink::open(std::move(options));
  }

  std::vector<Staged> read(const Region& division) {
    std::vector<Staged> parts(feeds_.size());
    for (std::size_t i = 0; i < feeds_.size(); ++i)
      if (feeds_[i]) parts[i] = feeds_[i]->next(footprint_.region(static_cast<NodeId>(i), division), *stop_);
    return parts;
  }

  std::vector<Staged> roomFor(const Region& division) {
    std::vector<Staged> parts(outputs_.size());
    for (std::size_t s = 0; s < outputs_.size(); ++s)
      if (outputs_[s]) parts[s] = stagedFor(std::get<FileLayout>(plan_.sinks[s].storage), division);
    return parts;
  }

  void write(const Region& division, const std::vector<Staged>& parts) {
    Region region = division;
    for (int a = 0; a < plan_.rank; ++a) region.start[a] -= plan_.region.start[a];
    for (std::size_t s = 0; s < outputs_.size(); ++s) {
      if (!outputs_[s]) continue;
      outputs_[s]->write(region, parts[s].view, *stop_);
      bytesWritten_ += region.size() * static_cast<std::int64_t>(sizeOf(plan_.sinks[s].stored));
    }
  }

  void compute(const Region& division) {
    if (plan_.reference) {
      parallelFor(1, 1, *stop_, [&](std::int64_t, Worker& worker) { runReference(context_, division, worker); });
    } else {
      const std::vector<Region> tiles = cutTiles(division, pass_.layout.tile, pass_.leaves);
      parallelFor(static_cast<std::int64_t>(tiles.size()), pass_.threads, *stop_, [&](std::int64_t i, Worker& worker) {
        runTile(context_, tiles[static_cast<std::size_t>(i)], worker);
      });
    }
    if (context_.isStopping()) throw Error(Code::Aborted, "the run was stopped");
  }

  // Reads the next division and writes the one before while the workers compute.
  void carry() {
    const auto& divisions = pass_.divisions;
    std::vector<Staged> coming = read(divisions[0]);
    std::vector<Staged> leaving;
    for (std::size_t d = 0; d < divisions.size(); ++d) {
      if (hooks_.division) hooks_.division(static_cast<std::int64_t>(d), static_cast<std::int64_t>(divisions.size()));
      adopt(std::move(coming), roomFor(divisions[d]));
      std::future<void> files;
      if (hasFiles() && divisions.size() > 1) files = std::async(std::launch::async, [&] {
        if (d > 0) write(divisions[d - 1], leaving);
        leaving.clear();
        if (d + 1 < divisions.size()) coming = read(divisions[d + 1]);
      });
      computeBeside(divisions[d], files);
      leaving = std::move(rooms_);
      if (!hasFiles() && d + 1 < divisions.size()) coming = read(divisions[d + 1]);
    }
    write(divisions.back(), leaving);
  }

  // A failure of the computation stops reading and writing too; one of reading or writing is thrown when the division is done.
  void computeBeside(const Region& division, std::future<void>& files) {
    try {
      compute(division);
    } catch (...) {
      stop_->store(true);
      if (files.valid()) files.wait();
      throw;
    }
    if (files.valid()) files.get();
  }

  bool hasFiles() const {
    for (const auto& feed : feeds_)
      if (feed) return true;
    for (const auto& output : outputs_)
      if (output) return true;
    return false;
  }

  void adopt(std::vector<Staged> sources, std::vector<Staged> rooms) {
    for (std::size_t i = 0; i < sources.size(); ++i)
      if (feeds_[i]) context_.sources[i] = std::move(sources[i]);
    rooms_ = std::move(rooms);
    for (std::size_t s = 0; s < outputs_.size(); ++s)
      if (outputs_[s]) context_.sinks[s] = rooms_[s];
  }

  Plan plan_;
  const StopFlag& stop_;
  const RunHooks& hooks_;
  Footprint footprint_;
  Pass pass_;
  Progress progress_;
  PassContext context_;
  std::vector<std::unique_ptr<SourceFeed>> feeds_;    // per node
  std::vector<std::unique_ptr<FileSink>> outputs_;    // per sink
  std::vector<Staged> rooms_;
  std::int64_t bytesWritten_ = 0;
};

}  // namespace

PassLimits passLimits() { return {poolSize(), cacheBytes()}; }

RunOutcome runPlan(Plan plan, const StopFlag& stop, const RunHooks& hooks) {
  orderAxes(plan);
  return PassRun(std::move(plan), stop, hooks).run();
}

}  // namespace voxline
