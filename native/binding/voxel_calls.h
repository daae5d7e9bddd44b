#pragma once

#include <napi.h>

namespace voxline {

// copy, fill and equals: voxels in the background.
void exportVoxelCalls(Napi::Env env, Napi::Object exports);

}  // namespace voxline
