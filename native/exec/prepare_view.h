#pragma once

#include <atomic>

#include "volume/view.h"

namespace voxline {

// For whoever is about to write every voxel of a view: asks for huge pages under memory nobody has written
// to, on at most `threads` workers (0: all). Does nothing for a view that leaves most of its memory out.
void prepareView(const View& view, int threads, const std::atomic<bool>& stop);

}  // namespace voxline
