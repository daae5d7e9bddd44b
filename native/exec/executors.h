#pragma once

#include "exec/pass_context.h"

namespace voxline {

// The fused executor: carries one tile through all stages in the worker's scratch, a window of slices sliding along one axis.
// Throws Error{Aborted} soon after the pass is stopped.
void runTile(const PassContext& context, const Region& tile, Worker& worker);

// The reference executor: a division's stages one after another, each over all it needs, in memory of its own. What no stage is
// entitled to read holds NaN (integers: the greatest value).
void runReference(const PassContext& context, const Region& division, Worker& worker);

}  // namespace voxline
