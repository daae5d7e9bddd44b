#include "io/spans.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "base/checked.h"
#include "volume/lines.h"

namespace voxline {

namespace {

class SpanWalk {
 public:
  SpanWalk(const LinePlan& plan, DType dtype, const SpanLimits& limits)
      : plan_(plan),
        dtype_(dtype),
        limits_(limits),
        voxelBytes_(static_cast<std::int64_t>(sizeOf(dtype))) {
    isRun_ = file()[0] == voxelBytes_ && memory()[0] == voxelBytes_;
    const bool isDirect = isRun_ && plan.shape[0] * voxelBytes_ >= limits.directBytes;
    reach_[0] = wanted_[0] = voxelBytes_;
    joins_[0] = true;
    for (int a = 0; a < plan.rank; ++a) {
      reach_[a + 1] = reach_[a] + (plan.shape[a] - 1) * file()[a];
      wanted_[a + 1] = wanted_[a] * plan.shape[a];
      joins_[a + 1] = joins_[a] && !(a > 0 && isDirect) && file()[a] - reach_[a] <= limits.gapBytes;
    }
  }

  // Whether any voxel goes through the buffer: rows that are moved by themselves do not.
  bool isBuffered() const {
    if (!isRun_) return joins_[1];
    return plan_.rank > 1 && joins_[2] && reach_[1] <= limits_.bufferBytes;
  }

  void run(SpanMover& mover) {
    mover_ = &mover;
    walk(plan_.rank, plan_.places[0].first, reinterpret_cast<std::byte*>(plan_.places[1].first));
  }

 private:
  const Index& file() const { return plan_.places[0].strides; }
  const Index& memory() const { return plan_.places[1].strides; }

  // Axes [0, axes) from a first voxel.
  void walk(int axes, std::int64_t position, std::byte* at) {
    if (axes == 0) return mover_->moveRun(position, at, voxelBytes_);
    const int outer = axes - 1;
    const std::int64_t count = plan_.shape[outer];
    if (axes == 1 && isRun_) return mover_->moveRun(position, at, count * voxelBytes_);
    std::int64_t batch = 1;
    const bool isBatched = joins_[axes] && reach_[outer] <= limits_.bufferBytes;
    if (isBatched) batch = batchAlong(outer);
    for (std::int64_t k = 0; k < count; k += batch) {
      if (isBatched) emit(axes, std::min(batch, count - k), position, at);
      else walk(outer, position, at);
      position += batch * file()[outer];
      at += batch * memory()[outer];
    }
  }

  std::int64_t batchAlong(int axis) const {
    const std::int64_t stride = file()[axis];
    if (stride <= 0) return 1;
    return std::min(plan_.shape[axis], (limits_.bufferBytes - reach_[axis]) / stride + 1);
  }

  void emit(int axes, std::int64_t batch, std::int64_t position, std::byte* at) {
    const int outer = axes - 1;
    Span span;
    span.position = position;
    span.bytes = reach_[outer] + (batch - 1) * file()[outer];
    span.isWhole = span.bytes == wanted_[outer] * batch;
    span.inMemory = {nullptr, at, dtype_, axes, plan_.shape, memory()};
    span.inMemory.shape[outer] = batch;
    span.inBuffer = span.inMemory;
    span.inBuffer.data = nullptr;
    span.inBuffer.strides = file();
    mover_->moveSpan(span);
  }

  const LinePlan& plan_;
  DType dtype_;
  SpanLimits limits_;
  SpanMover* mover_ = nullptr;
  std::int64_t voxelBytes_;
  bool isRun_;
  // Of axes [0, a): bytes from the first to the end of the last voxel; bytes of the voxels; whether they make
  // spans.
  std::array<std::int64_t, kMaxRank + 1> reach_{};
  std::array<std::int64_t, kMaxRank + 1> wanted_{};
  std::array<bool, kMaxRank + 1> joins_{};
};

}  // namespace

Interval extentOf(const FileLayout& layout) {
  std::int64_t begin = layout.start,
               end = checkedAdd(layout.start, static_cast<std::int64_t>(sizeOf(layout.dtype)));
  for (int a = 0; a < layout.rank; ++a) {
    const std::int64_t across = checkedMul(layout.shape[a] - 1, layout.strides[a]);
    std::int64_t& side = across < 0 ? begin : end;
    side = checkedAdd(side, across);
  }
  if (begin < 0) throw invalidArgument("the voxels of " + layout.path + " begin before its first byte");
  return {begin, end};
}

namespace {

LinePlan linesOf(const FileLayout& layout, const Region& region, const View& memory) {
  Placement file{layout.start, layout.strides};
  for (int a = 0; a < layout.rank; ++a) file.first += region.start[a] * layout.strides[a];
  const Placement places[] = {file, placementOf(memory)};
  return planLines(layout.rank, region.shape, static_cast<std::int64_t>(sizeOf(layout.dtype)), places);
}

}  // namespace

std::vector<int> axesByStride(const FileLayout& layout) {
  std::vector<int> order(static_cast<std::size_t>(layout.rank));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return std::abs(layout.strides[a]) < std::abs(layout.strides[b]); });
  return order;
}

FileOrder inFileOrder(const FileLayout& layout, const Region& region) {
  FileOrder placed;
  View& view = placed.view;
  view.dtype = layout.dtype;
  view.rank = layout.rank;
  view.shape = region.shape;
  auto stride = static_cast<std::int64_t>(sizeOf(layout.dtype));
  for (const int axis : axesByStride(layout)) {
    view.strides[axis] = layout.strides[axis] < 0 ? -stride : stride;
    if (layout.strides[axis] < 0) placed.offset += stride * (region.shape[axis] - 1);
    stride = checkedMul(stride, region.shape[axis]);
  }
  return placed;
}

std::size_t bufferFor(const FileLayout& layout, const Region& region, const SpanLimits& limits) {
  const LinePlan plan = linesOf(layout, region, inFileOrder(layout, region).view);
  return SpanWalk(plan, layout.dtype, limits).isBuffered() ? static_cast<std::size_t>(limits.bufferBytes) : 0;
}

void forEachSpan(const FileLayout& layout, const Region& region, const View& memory, const SpanLimits& limits,
                 SpanMover& mover) {
  const LinePlan plan = linesOf(layout, region, memory);
  if (plan.lineLength() > 0) SpanWalk(plan, layout.dtype, limits).run(mover);
}

void checkRegion(const FileLayout& layout, const Region& region, const View& memory) {
  bool same = region.rank == layout.rank && memory.rank == layout.rank && memory.dtype == layout.dtype;
  for (int a = 0; same && a < layout.rank; ++a) same = memory.shape[a] == region.shape[a];
  if (!same)
    throw Error(Code::ShapeMismatch,
                "a region of " + layout.path + " and its memory differ in shape or dtype");
  const Region all{layout.rank, {}, layout.shape};
  bool inside = all.contains(region);
  for (int a = 0; inside && a < layout.rank; ++a) inside = region.shape[a] >= 0;
  if (!inside) throw Error(Code::OutOfBounds, "a region reaches beyond the voxels of " + layout.path);
}

void throwIfStopped(const std::atomic<bool>& stop) {
  if (stop.load(std::memory_order_relaxed)) throw Error(Code::Aborted, "stopped");
}

}  // namespace voxline
