#pragma once

#include <napi.h>

namespace voxline {

// Calls of the addon: runRegion.
void exportRegion(Napi::Env env, Napi::Object exports);

}  // namespace voxline
