#pragma once

#include <cstdint>
#include <vector>

#include "volume/view.h"

namespace voxline {

// Copies between views of one shape and dtype, whatever their strides; they may overlap. Throws
// Error{ShapeMismatch}, and Error{Memory} when an overlap needs a temporary copy.
void copyVoxels(const View& from, const View& to);

// The same for views that share no voxel: never allocates, so pieces of one copy may run on several threads.
// `streamed`: nobody reads the target soon, so whole cache lines go past the caches. Then its voxels must lie at multiples of an element.
void copyDisjoint(const View& from, const View& to, bool streamed = false);

// False when no byte of one view lies between the lowest and the highest byte of the other.
bool mayOverlap(const View& a, const View& b);

// Cuts a view into at most `count` regions that are far apart in its memory, for threads that each write one.
std::vector<Region> copyPieces(const View& to, std::int64_t count);

}  // namespace voxline
