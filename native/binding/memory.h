#pragma once

#include <napi.h>

#include "volume/memory.h"
#include "volume/view.h"

namespace voxline {

// A Memory as JavaScript holds it: a Napi::External<MemoryHolder>.
MemoryPtr memoryFrom(const Napi::Value& value);
Napi::Value toJs(Napi::Env env, MemoryPtr memory);

// { memory, dtype (number), offset (bytes of voxel 0), shape: number[], strides: number[] (bytes) }; throws unless inside its memory.
View viewFrom(const Napi::Value& value);

void exportMemory(Napi::Env env, Napi::Object exports);  // allocate, wrap, mapFile, buffer, detach, memoryInfo, copy, fill, equals
void exportRun(Napi::Env env, Napi::Object exports);     // kernels, describePlan, run, abort, counters, settings

}  // namespace voxline
