#pragma once

#include "exec/pass_context.h"

namespace voxline {

// Moves a tile from sources straight to sinks whose memory runs along other axes or the other way, where no stage lies between: rows of
// scratch would be scattered voxel by voxel, or written for nothing. False, and nothing is done, in all other cases.
bool moveTile(const PassContext& context, const Division& division, const Region& tile);

}  // namespace voxline
