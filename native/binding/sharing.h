#pragma once

#include <napi.h>

#include <cstddef>

namespace voxline {

// openHandle, fromHandle, closeHandle: memory for other threads of the process; lend, takeBack: an array for the time of a call.
void exportSharing(Napi::Env env, Napi::Object exports);

// Handles that have not been closed.
std::size_t openHandles();

}  // namespace voxline
