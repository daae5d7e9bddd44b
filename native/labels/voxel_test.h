#pragma once

#include <cstdint>

#include "base/dtype.h"

namespace voxline {

// Which voxels are in the foreground.
struct VoxelTest {
  enum class Kind { NonZero, Within };
  Kind kind = Kind::NonZero;       // NonZero: x < 0 or x > 0
  bool isInverted = false;
  // Inclusive limits of Within as 64-bit words: two's complement for integers of any size, a float64's bits for floats.
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

// A bit per voxel, the first in the lowest bit of the first word. Rows start at a word of their own; bits beyond a row's end are 0.
constexpr std::int64_t wordsFor(std::int64_t length) { return (length + 63) / 64; }

// Tests `length` contiguous voxels.
void testRow(const VoxelTest& test, DType dtype, const std::byte* row, std::int64_t length, std::uint64_t* bits);

}  // namespace voxline
