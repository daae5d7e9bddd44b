#pragma once

#include "plan/pass.h"

namespace voxline {

std::size_t voxelBytes(const Region& region, DType dtype);

// Bytes of the parts of files, and of supplied regions, that lie in memory for a division.
std::size_t stagedBytes(const Plan& plan, const Footprint& footprint, const Region& division);

// Bytes in use while a supplied source is asked for what a division needs of it: the sources up to this one, and all that belongs to the
// division before, which is computed meanwhile.
std::size_t besideSupply(const Plan& plan, const Footprint& footprint, const Pass& pass, NodeId source, std::size_t division);

}  // namespace voxline
