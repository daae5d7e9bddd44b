#pragma once

#include "exec/pass_context.h"

namespace voxline {

// The fused executor: carries one tile through all stages in the worker's scratch, a window of slices sliding along one axis.
// Takes over what the division before has left of each node where the tile lies at that end of the division, and leaves what the next one
// will read where it lies at the other. Throws Error{Aborted} soon after the pass is stopped.
void runTile(const PassContext& context, const Division& division, const Region& tile, Worker& worker);

// The reference executor: a division's stages one after another, each over all it needs, in memory of its own. What no stage is
// entitled to read holds NaN (integers: the greatest value).
void runReference(const PassContext& context, const Division& division, Worker& worker);

}  // namespace voxline
