#include "io/span_reader.h"

#include <algorithm>

#include "volume/copy.h"
#include "volume/voxels.h"

namespace voxline {

void SpanReader::moveRun(std::int64_t position, std::byte* memory, std::int64_t bytes) {
  const auto voxelBytes = static_cast<std::int64_t>(sizeOf(layout_.dtype));
  for (std::int64_t done = 0; done < bytes; done += kPieceBytes) {
    throwIfStopped(stop_);
    const std::int64_t n = std::min(kPieceBytes, bytes - done);
    fetch_(position + done, {memory + done, static_cast<std::size_t>(n)});
    toNative({nullptr, memory + done, layout_.dtype, 1, {n / voxelBytes}, {voxelBytes}});
  }
}

void SpanReader::moveSpan(const Span& span) {
  throwIfStopped(stop_);
  if (!buffer_) buffer_ = allocate(static_cast<std::size_t>(limits_.bufferBytes), Fill::None);
  View inBuffer = span.inBuffer;
  inBuffer.data = buffer_->data();
  fetch_(span.position, {inBuffer.data, static_cast<std::size_t>(span.bytes)});
  copyDisjoint(inBuffer, span.inMemory);
  toNative(span.inMemory);
}

void SpanReader::toNative(const View& view) const {
  if (layout_.bigEndian) swapBytes(view);
}

}  // namespace voxline
