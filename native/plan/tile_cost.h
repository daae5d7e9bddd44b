#pragma once

#include "plan/tile_layout.h"

namespace voxline {

// Modelled work per voxel of output of a layout whose buffers are placed, where a core's own cache holds `cache` bytes of scratch: what
// the stages compute, halos of tiles included, and what moving voxels takes beside that. `region` is what the tiles cut.
double tileCost(const TileLayout& layout, const Plan& plan, const Footprint& footprint, const Region& region, std::size_t cache);

}  // namespace voxline
