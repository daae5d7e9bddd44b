#pragma once

#include <cstddef>
#include <cstdint>

namespace voxline {

// to[count - 1 - i] = from[i], for elements of 1, 2, 4 or 8 bytes; the two must not overlap. Both may lie at any multiple of an element.
void reverseCopy(void* to, const void* from, std::int64_t count, std::size_t elementBytes);

// The same to memory that nobody reads soon, as streamCopy stores (base/stream_copy.h).
void streamReversed(void* to, const void* from, std::int64_t count, std::size_t elementBytes);

}  // namespace voxline
