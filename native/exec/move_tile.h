#pragma once

#include "exec/pass_context.h"

namespace voxline {

// Moves a tile from sources straight to sinks whose memory runs along other axes, where no stage lies between: rows of scratch would be
// scattered voxel by voxel. False, and nothing is done, in all other cases.
bool moveTile(const PassContext& context, const Division& division, const Region& tile);

}  // namespace voxline
