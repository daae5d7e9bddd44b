#pragma once

#include <cstddef>

namespace voxline {

// Copies to memory that nobody reads soon: whole cache lines go past the caches, so the target's old lines are never fetched.
void streamCopy(void* to, const void* from, std::size_t bytes);

// After the last streamCopy of a thread, before another thread may read.
void streamFence();

}  // namespace voxline
