#pragma once

#include <cstddef>
#include <cstdint>

#include "volume/region.h"

namespace voxline {

// Where values outside a volume come from, in NumPy's words; of stages also Computed: the stage above computes them, on its own border,
// as if the volume were larger. Those are never filled.
enum class Border : std::uint8_t { Edge, Constant, Symmetric, Reflect, Wrap, Computed };

// The voxel of [0, n) that stands for position i, at any distance; -1 outside for Constant, which takes no
// voxel.
std::int64_t borderIndex(std::int64_t i, std::int64_t n, Border border);

// Voxels in scratch, named by their index in the volume, which may be negative: `voxel0` is where index (0,
// 0, …) lies or would lie.
struct Scratch {
  std::byte* voxel0 = nullptr;
  int elementBytes = 1;  // 1, 2, 4 or 8
  int rank = 0;
  Index strides{};  // bytes
};

// Scratch whose first element holds the voxel of index `base`; strides in elements.
Scratch scratchFrom(std::byte* first, const Index& base, const Index& strides, int rank, std::size_t elementBytes);

// Fills every position of `box` outside [0, extent) from the voxels of `valid`, which must hold the voxels
// they stand for: the part of `box` inside the extent and, beyond it, the positions borderIndex names. Writes
// inside the hull of `valid` and `box` only. `bits` is the value of Constant, in its low bytes.
void fillBorder(const Scratch& scratch, const Region& valid, const Region& box, const Index& extent,
                Border border, std::uint64_t bits);

}  // namespace voxline
