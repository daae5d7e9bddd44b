#pragma once

#include <atomic>

#include "kernel/kernel.h"
#include "volume/view.h"

namespace voxline {

// Copies voxels between views of one shape, on so many workers (0: all), converting by the store rule where the
// dtypes differ. The views may overlap. Throws Error{ShapeMismatch}, and Error{Memory} when an overlap needs a
// temporary copy.
void convertVoxels(const View& from, const View& to, Level level, int threads, const std::atomic<bool>& stop);

// Writes one value, given by its bits in the low bytes, to every voxel, on all workers.
void fillOnWorkers(const View& view, std::uint64_t bits, const std::atomic<bool>& stop);

// True for views of one shape and dtype whose voxels are equal in index order; NaN equals NaN.
bool equalOnWorkers(const View& a, const View& b, const std::atomic<bool>& stop);

}  // namespace voxline
