#pragma once

#include <cstddef>
#include <cstdint>

namespace voxline {

// Voxels (a, b) with b contiguous in `from` and a contiguous in `to`; the other strides are signed bytes.
struct Transposition {
  const std::byte* from = nullptr;
  std::byte* to = nullptr;
  std::int64_t fromStride = 0;  // along a
  std::int64_t toStride = 0;    // along b
  std::int64_t countA = 0;
  std::int64_t countB = 0;
  bool streamed = false;        // whether `to` is written past the caches; streamFence() is the caller's
};

// In cache-sized tiles; elements of 1, 2, 4 or 8 bytes.
void transpose(const Transposition& work, std::int64_t elementBytes);

}  // namespace voxline
