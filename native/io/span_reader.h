#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <span>

#include "io/spans.h"

namespace voxline {

// Fills memory from the bytes `fetch` gives, in the processor's byte order, asking for at most 1 MiB at once.
class SpanReader final : public SpanMover {
 public:
  using Fetch = std::function<void(std::int64_t position, std::span<std::byte> to)>;

  // `buffer` holds the limits' bufferBytes and is allocated when first needed.
  SpanReader(const FileLayout& layout, const SpanLimits& limits, MemoryPtr& buffer, Fetch fetch,
             const std::atomic<bool>& stop)
      : layout_(layout), limits_(limits), buffer_(buffer), fetch_(std::move(fetch)), stop_(stop) {}

  void moveRun(std::int64_t position, std::byte* memory, std::int64_t bytes) override;
  void moveSpan(const Span& span) override;

 private:
  void toNative(const View& view) const;

  const FileLayout& layout_;
  SpanLimits limits_;
  MemoryPtr& buffer_;
  Fetch fetch_;
  const std::atomic<bool>& stop_;
};

}  // namespace voxline
