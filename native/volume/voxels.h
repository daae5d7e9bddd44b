#pragma once

#include <cstdint>

#include "volume/view.h"

namespace voxline {

// Writes one value, given by its bits in the low bytes, to every voxel.
void fillVoxels(const View& view, std::uint64_t bits);

// True for views of one shape and dtype whose voxels are equal in index order: NaN to NaN, -0 to 0.
bool equalVoxels(const View& a, const View& b);

// Reverses the bytes of every voxel.
void swapBytes(const View& view);

}  // namespace voxline
