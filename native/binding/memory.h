#pragma once

#include <napi.h>

#include "volume/memory.h"
#include "volume/view.h"

namespace voxline {

// Bytes of an allocation: all of them, or a window where no ArrayBuffer is large enough.
struct Stretch {
  std::size_t begin = 0;
  std::size_t bytes = 0;

  bool operator==(const Stretch&) const = default;
};

// A Memory as JavaScript holds it: a Napi::External<MemoryHolder>. Throws Error{Io} when the file it maps has been cut short.
MemoryPtr memoryFrom(const Napi::Value& value);
// The same, unless it is an array of the caller's: throws Error{Unsupported} naming `what`.
MemoryPtr ownMemoryFrom(const Napi::Value& value, const char* what);
Napi::Value toJs(Napi::Env env, MemoryPtr memory);
// All of the memory where `begin` is undefined. Throws Error{OutOfBounds} unless it lies inside.
Stretch stretchFrom(const Napi::Value& begin, const Napi::Value& bytes, const Memory& memory);

// { memory, dtype (number), offset (bytes of voxel 0), shape: number[], strides: number[] (bytes) }; throws unless inside its memory.
View viewFrom(const Napi::Value& value);

// Calls of the addon: allocate, wrap, mapFile, memoryInfo, checkIntact, buffer, release, share, snapshot and those of sharing.h and voxel_calls.h.
void exportMemory(Napi::Env env, Napi::Object exports);
void exportRun(Napi::Env env, Napi::Object exports);     // kernels, describePlan, leastPeak, run, abort, counters, settings

}  // namespace voxline
