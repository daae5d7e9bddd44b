#include <algorithm>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/stream_copy.h"
#include "exec/each_chunk.h"
#include "exec/executors.h"
#include "exec/move_tile.h"
#include "exec/pool.h"
#include "exec/row_prefetch.h"
#include "exec/stage_clock.h"
#include "exec/stretches.h"
#include "exec/strips.h"
#include "exec/tile_carry.h"
#include "exec/tile_windows.h"

namespace voxline {
namespace {

constexpr std::uint64_t kTimedChunks = 8;

}  // namespace

// A worker's tiles on their way through the stages, one after another.
class TileRun {
 public:
  TileRun(const PassContext& context, Worker& worker)
      : context_(context), plan_(context.plan), layout_(context.pass.layout), worker_(worker), slide_(layout_.slide),
        windows_(plan_, layout_), prepared_(plan_.nodes.size()), strips_(layout_.groups.size()), done_(layout_.groups.size()) {}

  void run(const Division& division, Stretch& stretch) {
    begin(division, stretch.tile());
    run(stretch);
  }

 private:
  struct Prepared {
    Index shape{};
    Call call;
  };

  void begin(const Division& division, const Region& tile) {
    takeArena();
    division_ = &division;
    tile_ = tile;
    carry_.emplace(context_, division.region, tile_);
    ahead_ = {};
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) enter(static_cast<NodeId>(i));
    for (std::size_t g = 0; g < done_.size(); ++g) done_[g] = extentOf(layout_.groups[g], slide_).begin;
  }

  // Other passes' tiles may have made it larger meanwhile, or smaller: then nothing lies where it lay.
  void takeArena() {
    std::byte* const arena = worker_.arena(layout_.scratchBytes);
    if (arena == arena_) return;
    arena_ = arena;
    local_ = arena + layout_.localOffset;
    windows_.lieIn(arena);
    std::fill(prepared_.begin(), prepared_.end(), std::array<Prepared, 2>{});
    for (auto& strips : strips_) strips.reset();
  }

  void run(Stretch& stretch) {
    if (slide_ < 0) {
      for (std::size_t g = 0; g < layout_.groups.size(); ++g) runGroup(g, {});
      context_.advance(tile_.size());
      return;
    }
    const std::int64_t begin = tile_.axis(slide_).begin, slice = tile_.size() / tile_.axis(slide_).length();
    // Starting early enough that no stage has more than one step's slices to make at once.
    const std::int64_t lead = carry_->resumes(slide_) ? 0 : context_.footprint.longestReach(slide_);
    for (std::int64_t target = begin - lead + layout_.step;; target += layout_.step) {
      if (context_.isStopping()) throw Error(Code::Aborted, "the run was stopped");
      tile_.setAxis(slide_, {begin, stretch.begin(target)});
      const std::int64_t last = tile_.axis(slide_).end, end = std::min(target, last);
      for (std::size_t g = 0; g < layout_.groups.size(); ++g) advanceGroup(g, end);
      if (end > begin) context_.advance((end - std::max(begin, target - layout_.step)) * slice);
      if (end == last) return;
      giveWay();
    }
  }

  const Buffer& buffer(NodeId id) const { return layout_.buffers[static_cast<std::size_t>(id)]; }
  const Node& node(NodeId id) const { return plan_.nodes[static_cast<std::size_t>(id)]; }

  void enter(NodeId id) {
    if (!context_.footprint.isNeeded(id)) return;
    Region box{plan_.rank, {}, {}};
    for (int a = 0; a < plan_.rank; ++a) box.setAxis(a, carry_->present(id, a));
    windows_.open(id, box);
    if (carry_->resumes(slide_)) resume(id);
  }

  // The window as the division before has left it.
  void resume(NodeId id) {
    const Region held = carry_->taken(id);
    windows_.resume(id, carry_->firstRead(id), held.axis(slide_));
    if (held.size() > 0 && windows_.isHeld(id)) take(id, held);
  }

  // Along the sliding axis all that passes through a group's windows: what is computed, and what is taken over on the way.
  Interval extentOf(const Group& group, int axis) const {
    if (axis < 0) return {};
    if (group.reach < 0 || axis != slide_ || carry_->resumes(axis)) return carry_->fresh(group.reach, axis);
    return context_.footprint.interval(group.reach, axis, tile_.axis(axis));
  }

  // Brings a group as far as the sinks' slice `target` needs it.
  void advanceGroup(std::size_t g, std::int64_t target) {
    const Group& group = layout_.groups[g];
    const Interval all = extentOf(group, slide_);
    std::int64_t end = all.end;
    if (target < tile_.axis(slide_).end && !(group.reach >= 0 && context_.footprint.isWhole(group.reach, slide_))) {
      const std::int64_t ahead = group.reach < 0 ? 0 : context_.footprint.reach(group.reach).high[slide_];
      end = std::min(all.end, target + ahead);
    }
    if (end <= done_[g]) return;
    const Interval slices{done_[g], end};
    eachHeld(group, [&](NodeId id) { makeRoom(id, slices); });
    if (loads(group)) {
      const Op& load = group.ops.back();
      ahead_ = RowPrefetch(division_->sources[static_cast<std::size_t>(load.node)],
                           domainOf(group, {end, std::min(all.end, end + layout_.step)}));
    }
    runGroup(g, slices);
    done_[g] = end;
  }

  static bool loads(const Group& group) { return group.ops.back().kind == Op::Kind::Load; }

  // Forgets slices that nobody reads any more, so that the new ones fit.
  void makeRoom(NodeId id, Interval slices) {
    std::int64_t first = slices.begin, last = slices.end;
    for (std::size_t g = 0; g < layout_.groups.size(); ++g) {
      if (done_[g] >= extentOf(layout_.groups[g], slide_).end) continue;
      for (const Op& op : layout_.groups[g].ops) {
        const auto& inputs = node(op.node).inputs;
        const bool reads = op.kind == Op::Kind::Store ? op.node == id : std::find(inputs.begin(), inputs.end(), id) != inputs.end();
        if (!reads) continue;
        const std::int64_t low = op.kind == Op::Kind::Store ? 0 : node(op.node).halo.low[slide_];
        first = std::min(first, done_[g] - low);
        last = std::max(last, slices.end + (op.kind == Op::Kind::Store ? 0 : context_.footprint.outside(op.node).high[slide_]));
      }
    }
    windows_.makeRoom(id, first, slices.begin, last);
  }

  Region domainOf(const Group& group, Interval slices) const {
    Region domain{plan_.rank, {}, {}};
    for (int a = 0; a < plan_.rank; ++a) {
      const Interval fresh = carry_->fresh(group.reach, a);
      domain.setAxis(a, a == slide_ ? clip(slices, fresh) : fresh);
    }
    return domain;
  }

  void runGroup(std::size_t g, Interval slices) {
    const Group& group = layout_.groups[g];
    if (const Region domain = domainOf(group, slices); domain.size() > 0) make(g, domain);
    eachHeld(group, [&](NodeId id) {
      if (const Region box = among(slices, carry_->taken(id)); box.size() > 0) take(id, box);
    });
    eachHeld(group, [&](NodeId id) {
      if (slide_ >= 0) windows_.add(id, slices);
      const Region box = among(slices, carry_->left(id));
      if (box.size() > 0) context_.carried.leave(id, division_->region, division_->slots, box, windows_.blockOf(id, box));
    });
  }

  void make(std::size_t g, const Region& domain) {
    const Group& group = layout_.groups[g];
    for (const Op& op : group.ops) {
      if (op.kind != Op::Kind::Compute) continue;
      for (const NodeId input : node(op.node).inputs)
        if (!buffer(input).isChunk) context_.fillBorderOf(node(op.node), domain, windows_.scratchOf(input), windows_.made(input));
    }
    if (stripsOf(g).run(*division_, domain)) return;
    eachChunk(domain, group.chunk, [&](const Region& chunk) {
      if (chunks_++ % kTimedChunks == 0 || !group.chunked) return runTimed(group, chunk, domain, group.chunked ? kTimedChunks : 1);
      for (const Op& op : group.ops) {
        prefetch(group, chunk, domain);
        runOp(op, chunk);
      }
    });
  }

  // Nodes of a group that later groups read.
  template <class F>
  void eachHeld(const Group& group, F&& f) const {
    for (const Op& op : group.ops)
      if (op.kind != Op::Kind::Store && windows_.isHeld(op.node)) f(op.node);
  }

  Region among(Interval slices, Region box) const {
    if (slide_ >= 0) box.setAxis(slide_, clip(slices, box.axis(slide_)));
    return box;
  }

  // What lies in memory is read again, the rest has been left by the division before.
  void take(NodeId id, const Region& box) {
    if (node(id).kind == Node::Kind::Source) context_.run({Op::Kind::Load, id, -1}, *division_, box, {}, windows_.blockOf(id, box), worker_, local_);
    else context_.carried.take(id, division_->region, division_->slots, box, windows_.blockOf(id, box));
  }

  // As many rows as go with a stage of a chunk: more at once than the caches have room to wait for would hold up the work.
  void prefetch(const Group& group, const Region& chunk, const Region& domain) {
    if (!loads(group)) ahead_.advance(chunk.size(), domain.size() * static_cast<std::int64_t>(group.ops.size()));
  }

  Strips& stripsOf(std::size_t g) {
    auto& strips = strips_[g];
    if (!strips) strips = std::make_unique<Strips>(context_, layout_.groups[g], worker_, arena_, local_);
    return *strips;
  }

  // Reading the clock costs as much as some small chunks: a sample stands for all.
  void runTimed(const Group& group, const Region& chunk, const Region& domain, std::int64_t weight) {
    std::int64_t before = stageClock();
    for (const Op& op : group.ops) {
      prefetch(group, chunk, domain);
      runOp(op, chunk);
      const std::int64_t after = stageClock();
      context_.nanoseconds[static_cast<std::size_t>(op.node)].fetch_add((after - before) * weight, std::memory_order_relaxed);
      before = after;
    }
  }

  // Chunks of one shape differ in where they lie: most calls are an earlier one with other pointers. Two shapes take turns where
  // chunks do not divide a tile.
  Prepared& preparedFor(NodeId id, const Region& chunk) {
    auto& both = prepared_[static_cast<std::size_t>(id)];
    if (both[0].shape == chunk.shape) return both[0];
    if (both[1].shape == chunk.shape) return both[1];
    std::swap(both[0], both[1]);
    Prepared& p = both[0];
    const auto& inputs = node(id).inputs;
    std::array<Block, kMaxInputs> in{};
    for (std::size_t i = 0; i < inputs.size(); ++i) in[i] = windows_.blockOf(inputs[i], chunk);
    p.call = context_.callFor(id, chunk.shape, in, buffer(id).used ? windows_.blockOf(id, chunk) : Block{}, worker_, local_);
    p.shape = chunk.shape;
    return p;
  }

  void runKernel(NodeId id, const Region& chunk) {
    Prepared& p = preparedFor(id, chunk);
    const auto& inputs = node(id).inputs;
    p.call.origin = chunk.start;
    for (std::size_t i = 0; i < inputs.size(); ++i) p.call.in[i].data = windows_.dataOf(inputs[i], chunk);
    if (buffer(id).used) p.call.out.data = windows_.dataOf(id, chunk);
    context_.call(id, p.call);
  }

  void runOp(const Op& op, const Region& chunk) {
    if (op.kind == Op::Kind::Compute && node(op.node).kernel) return runKernel(op.node, chunk);
    std::array<Block, kMaxInputs> in{};
    Block out;
    if (op.kind == Op::Kind::Store) {
      in[0] = windows_.blockOf(op.node, chunk);
    } else {
      const auto& inputs = node(op.node).inputs;
      for (std::size_t i = 0; i < inputs.size(); ++i) in[i] = windows_.blockOf(inputs[i], chunk);
      if (buffer(op.node).used) out = windows_.blockOf(op.node, chunk);
    }
    context_.run(op, *division_, chunk, in, out, worker_, local_);
  }

  const PassContext& context_;
  const Plan& plan_;
  const TileLayout& layout_;
  Worker& worker_;
  const int slide_;
  std::byte* arena_ = nullptr;
  std::byte* local_ = nullptr;
  TileWindows windows_;
  std::vector<std::array<Prepared, 2>> prepared_;  // per node
  std::vector<std::unique_ptr<Strips>> strips_;    // per group
  std::uint64_t chunks_ = 0;

  // Of the current tile.
  const Division* division_ = nullptr;
  Region tile_;
  std::optional<TileCarry> carry_;
  RowPrefetch ahead_;               // what the next step loads
  std::vector<std::int64_t> done_;  // per group: end of what is made, along the sliding axis
};

TileRuns::TileRuns(const PassContext& context) : context_(context) {}

TileRuns::~TileRuns() = default;

TileRun& TileRuns::runOf(Worker& worker) {
  const std::lock_guard lock(mutex_);
  const auto row = static_cast<std::size_t>(worker.index());
  if (runs_.size() <= row) runs_.resize(row + 1);
  if (!runs_[row]) runs_[row] = std::make_unique<TileRun>(context_, worker);
  return *runs_[row];
}

void TileRuns::run(const Division& division, Stretch& tile, Worker& worker) {
  if (!moveTile(context_, division, tile.tile())) runOf(worker).run(division, tile);
  streamFence();
}

}  // namespace voxline
