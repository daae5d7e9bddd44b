#pragma once

#include <cstddef>

namespace voxline {

// Address space of `bytes` without pages, placed so that its start lies `phase` bytes behind a multiple of a
// huge page; null when there is none. Given back by munmap.
std::byte* reserveAligned(std::size_t bytes, std::size_t phase);

// Whether the system can make huge pages of a memfd on request (Linux 6.1).
bool hasHugeLayers();

// Asks for huge pages under an aligned range of a memfd mapped shared; zero where nothing was stored yet.
// False when there are none now. Any thread, also while others read or write there.
bool makeHuge(std::byte* data, std::size_t bytes);

// What scratch of so many bytes takes: whole huge pages, unless it is far smaller than one.
std::size_t scratchBytesOf(std::size_t bytes);

// A child process need not copy the page tables of this range.
void keepFromChildren(std::byte* data, std::size_t bytes);

}  // namespace voxline
