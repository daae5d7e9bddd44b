#pragma once

#include <napi.h>

#include "exec/run_region.h"

namespace voxline {

// A view as a part of a volume: { view, start, extent }.
PlacedView placedFrom(const Napi::Value& value);

// Calls of the addon: runRegion, regionScratch.
void exportRegion(Napi::Env env, Napi::Object exports);

}  // namespace voxline
