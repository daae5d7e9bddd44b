#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "io/file_layout.h"
#include "volume/view.h"

namespace voxline {

// First and one past the last byte of a layout's voxels in its stream; throws Error{InvalidArgument} when
// they do not fit 63 bits or begin before byte 0.
Interval extentOf(const FileLayout& layout);

// A stretch of a file that goes through a buffer: [position, position + bytes).
struct Span {
  std::int64_t position = 0;
  std::int64_t bytes = 0;
  bool isWhole = false;  // every byte belongs to the region
  View inBuffer;         // the voxels in a copy of the stretch; data must be set to its first byte
  View inMemory;
};

// Long runs move in pieces of this length, with a look at the stop flag between them.
inline constexpr std::int64_t kPieceBytes = 1 << 20;

// What is moved at once.
struct SpanLimits {
  std::int64_t bufferBytes = 0;  // no span is longer
  std::int64_t directBytes = 0;  // runs contiguous in file and memory from this length on skip the buffer
  std::int64_t gapBytes = 0;     // bytes between two runs worth moving along with them
};

class SpanMover {
 public:
  virtual ~SpanMover() = default;
  // Bytes contiguous in both places, of any number.
  virtual void moveRun(std::int64_t position, std::byte* memory, std::int64_t bytes) = 0;
  virtual void moveSpan(const Span& span) = 0;
};

// Cuts a region of a file into runs and spans, in file order; together they cover each voxel once.
void forEachSpan(const FileLayout& layout, const Region& region, const View& memory, const SpanLimits& limits,
                 SpanMover& mover);

// A view of a region without memory yet, dense, its axes in the file's order and direction: runs of the file are runs of memory. Its
// first voxel lies `offset` bytes behind its first byte.
struct FileOrder {
  View view;
  std::int64_t offset = 0;
};
FileOrder inFileOrder(const FileLayout& layout, const Region& region);

// Axes from the fastest to the slowest.
std::vector<int> axesByStride(const FileLayout& layout);

// Bytes of the buffer that moving a region to or from such a view takes: none where all of it moves in runs.
std::size_t bufferFor(const FileLayout& layout, const Region& region, const SpanLimits& limits);

// Throws Error{ShapeMismatch} unless `memory` has the region's shape and the layout's dtype,
// Error{OutOfBounds} unless the region lies in the layout.
void checkRegion(const FileLayout& layout, const Region& region, const View& memory);

void throwIfStopped(const std::atomic<bool>& stop);

}  // namespace voxline
