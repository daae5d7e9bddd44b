#pragma once

#include <atomic>
#include <cstdint>

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

// Throws Error{ShapeMismatch} unless `memory` has the region's shape and the layout's dtype,
// Error{OutOfBounds} unless the region lies in the layout.
void checkRegion(const FileLayout& layout, const Region& region, const View& memory);

void throwIfStopped(const std::atomic<bool>& stop);

}  // namespace voxline
