#include "exec/staging.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>

#include "base/checked.h"
#include "volume/copy.h"

namespace voxline {
namespace {

constexpr std::int64_t kSpoolBytes = std::int64_t{8} << 20;

Region meet(const Region& a, const Region& b) {
  Region both{a.rank, {}, {}};
  for (int axis = 0; axis < a.rank; ++axis) both.setAxis(axis, clip(a.axis(axis), b.axis(axis)));
  return both;
}

View partOf(const Staged& staged, const Region& region) {
  View part = staged.view;
  for (int a = 0; a < region.rank; ++a) part.data += (region.start[a] - staged.first[a]) * staged.view.strides[a];
  part.shape = region.shape;
  return part;
}

// The axis along which `held` is a proper part of `wanted` from one end, all other axes being equal; -1 when there is none.
int axisOfGrowth(const Region& wanted, const Region& held) {
  int axis = -1;
  for (int a = 0; a < wanted.rank; ++a) {
    if (held.shape[a] == wanted.shape[a]) continue;
    if (axis >= 0) return -1;
    axis = a;
  }
  if (axis < 0) return -1;
  const Interval w = wanted.axis(axis), h = held.axis(axis);
  return h.begin == w.begin || h.end == w.end ? axis : -1;
}

std::string scratchPath() {
  static std::atomic<int> counter{0};
  const char* folder = std::getenv("TMPDIR");
  return std::string(folder && *folder ? folder : "/tmp") + "/voxline-" + std::to_string(getpid()) + '-' +
         std::to_string(counter.fetch_add(1)) + ".raw";
}

std::vector<int> byStride(const FileLayout& layout) {
  std::vector<int> order(static_cast<std::size_t>(layout.rank));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return std::abs(layout.strides[a]) < std::abs(layout.strides[b]); });
  return order;
}

}  // namespace

Staged stagedFor(const FileLayout& layout, const Region& region) {
  Staged staged;
  View& view = staged.view;
  view.dtype = layout.dtype;
  view.rank = layout.rank;
  view.shape = region.shape;
  staged.first = region.start;
  auto stride = static_cast<std::int64_t>(sizeOf(layout.dtype));
  std::int64_t offset = 0;
  for (const int axis : byStride(layout)) {
    view.strides[axis] = layout.strides[axis] < 0 ? -stride : stride;
    if (layout.strides[axis] < 0) offset += stride * (region.shape[axis] - 1);
    stride = checkedMul(stride, region.shape[axis]);
  }
  view.memory = allocate(static_cast<std::size_t>(stride), Fill::None);
  view.data = view.memory->data() + offset;
  return staged;
}

SourceFeed::SourceFeed(const FileLayout& layout) : SourceFeed(layout, FileSource::open(layout)) {}

SourceFeed::SourceFeed(const FileLayout& layout, std::unique_ptr<FileSource> source)
    : layout_(layout), source_(std::move(source)) {}

void SourceFeed::spool(const std::atomic<bool>& stop) {
  FileLayout raw = layout_;
  raw.path = scratchPath();
  raw.compression = Compression::None;
  raw.bigEndian = false;
  raw.start = 0;
  auto stride = static_cast<std::int64_t>(sizeOf(layout_.dtype));
  for (const int axis : byStride(layout_)) {
    raw.strides[axis] = layout_.strides[axis] < 0 ? -stride : stride;
    if (layout_.strides[axis] < 0) raw.start += stride * (layout_.shape[axis] - 1);
    stride = checkedMul(stride, layout_.shape[axis]);
  }
  FileSinkOptions options;
  options.layout = raw;
  const auto sink = FileSink::open(std::move(options));
  const std::vector<int> order = byStride(layout_);
  const auto longer = std::find_if(order.rbegin(), order.rend(), [&](int axis) { return layout_.shape[axis] > 1; });
  const int slowest = longer == order.rend() ? order.back() : *longer;
  const Region all{layout_.rank, {}, layout_.shape};
  const std::int64_t pieces = std::max<std::int64_t>(1, stride / kSpoolBytes);
  auto parts = cutEvenly(all.axis(slowest), pieces);
  if (layout_.strides[slowest] < 0) std::reverse(parts.begin(), parts.end());
  for (const Interval part : parts) {
    Region region = all;
    region.setAxis(slowest, part);
    const Staged staged = next(region, stop);
    sink->write(region, staged.view, stop);
  }
  sink->finish();
  last_ = {};
  try {
    source_ = FileSource::open(raw);
  } catch (...) {
    ::unlink(raw.path.c_str());
    throw;
  }
  ::unlink(raw.path.c_str());
}

// Copies what the part before has of a region; gives what it has not.
Region SourceFeed::takeOver(const Region& region, const Staged& staged) const {
  const Region shared = meet(region, lastRegion_);
  const bool isAll = shared.shape == region.shape;
  const int axis = isAll ? 0 : shared.size() > 0 ? axisOfGrowth(region, shared) : -1;
  if (axis < 0) return region;
  copyVoxels(partOf(last_, shared), partOf(staged, shared));
  Region missing = region;
  const Interval all = region.axis(axis), held = shared.axis(axis);
  missing.setAxis(axis, held.begin == all.begin ? Interval{held.end, all.end} : Interval{all.begin, held.begin});
  return missing;
}

Staged SourceFeed::next(const Region& region, const std::atomic<bool>& stop) {
  Staged staged = stagedFor(layout_, region);
  const Region missing = last_.view.memory ? takeOver(region, staged) : region;
  if (missing.size() > 0) source_->read(missing, partOf(staged, missing), stop);
  bytesRead_ += missing.size() * static_cast<std::int64_t>(sizeOf(layout_.dtype));
  last_ = staged;
  lastRegion_ = region;
  return staged;
}

}  // namespace voxline
