#pragma once

#include "plan/tile_layout.h"

namespace voxline {

// Buffers, chunks and scratch of a layout whose tile and step are chosen.
void placeBuffers(TileLayout& layout, const Plan& plan, const Footprint& footprint,
                  const StageGroups& stages);

}  // namespace voxline
