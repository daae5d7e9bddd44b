#include "exec/staging.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "base/checked.h"
#include "io/spans.h"
#include "plan/division_cuts.h"
#include "volume/copy.h"

namespace voxline {
namespace {

// Spooled at once.
constexpr std::int64_t kSpoolBytes = std::int64_t{1} << 20;

Region meet(const Region& a, const Region& b) {
  Region both{a.rank, {}, {}};
  for (int axis = 0; axis < a.rank; ++axis) both.setAxis(axis, clip(a.axis(axis), b.axis(axis)));
  return both;
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

std::vector<Region> spoolParts(const FileLayout& layout) {
  return partsInOrder({layout.rank, {}, layout.shape}, layout.strides, layout.dtype, kSpoolBytes);
}

}  // namespace

std::vector<Region> partsInOrder(const Region& region, const Index& strides, DType dtype, std::int64_t bytes) {
  int slowest = region.rank - 1;
  for (int axis = 0; axis < region.rank; ++axis)
    if (region.shape[axis] > 1 && (region.shape[slowest] == 1 || std::abs(strides[axis]) > std::abs(strides[slowest]))) slowest = axis;
  const std::int64_t all = checkedMul(region.size(), static_cast<std::int64_t>(sizeOf(dtype)));
  std::vector<Region> parts;
  for (const Interval piece : cutEvenly(region.axis(slowest), std::max<std::int64_t>(1, all / bytes))) {
    parts.push_back(region);
    parts.back().setAxis(slowest, piece);
  }
  if (strides[slowest] < 0) std::reverse(parts.begin(), parts.end());
  return parts;
}

View partOf(const Staged& staged, const Region& region) {
  View part = staged.view;
  for (int a = 0; a < region.rank; ++a) part.data += (region.start[a] - staged.first[a]) * staged.view.strides[a];
  part.shape = region.shape;
  return part;
}

Staged stagedFor(const FileLayout& layout, const Region& region) {
  auto [view, offset] = inFileOrder(layout, region);
  const std::int64_t bytes = checkedMul(region.size(), static_cast<std::int64_t>(sizeOf(layout.dtype)));
  view.memory = allocate(static_cast<std::size_t>(bytes), Fill::None);
  view.data = view.memory->data() + offset;
  return {view, region.start};
}

std::size_t spoolMemory(const FileLayout& layout) {
  std::size_t most = 0;
  for (const Region& part : spoolParts(layout))
    most = std::max(most, static_cast<std::size_t>(part.size()) * sizeOf(layout.dtype) + FileSource::memory(layout, part));
  return most;
}

SourceFeed::SourceFeed(const FileLayout& layout) : SourceFeed(layout, FileSource::open(layout)) {}

SourceFeed::SourceFeed(const FileLayout& layout, std::unique_ptr<FileSource> source)
    : layout_(layout), source_(std::move(source)) {}

void SourceFeed::spool(const std::atomic<bool>& stop) {
  const Region all{layout_.rank, {}, layout_.shape};
  const FileOrder order = inFileOrder(layout_, all);
  FileLayout raw = layout_;
  raw.path = scratchPath();
  raw.compression = Compression::None;
  raw.bigEndian = false;
  raw.start = order.offset;
  raw.strides = order.view.strides;
  FileSinkOptions options;
  options.layout = raw;
  const auto sink = FileSink::open(std::move(options));
  for (const Region& part : spoolParts(layout_)) {
    sink->write(part, next(part, stop).view, stop);
    last_ = {};
  }
  sink->finish();
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

void SourceFeed::readTo(const Region& region, const View& memory, const std::atomic<bool>& stop) {
  source_->read(region, memory, stop);
  bytesRead_ += region.size() * static_cast<std::int64_t>(sizeOf(layout_.dtype));
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
