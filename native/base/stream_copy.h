#pragma once

#include <cstddef>
#include <cstdint>

namespace voxline {

inline constexpr std::size_t kCacheLine = 64;

// Copies to memory that nobody reads soon: whole cache lines go past the caches, so the target's old lines are never fetched.
void streamCopy(void* to, const void* from, std::size_t bytes);

// The same for `count` lines that follow one another in `from` and lie `stride` bytes apart in the target; all of them aligned.
void streamLines(void* to, std::ptrdiff_t stride, const void* from, std::int64_t count);

// After the last of a thread's copies, before another thread may read.
void streamFence();

}  // namespace voxline
