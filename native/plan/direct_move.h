#pragma once

#include "plan/plan.h"

namespace voxline {

// What a pass does that only moves integers between a plain file and memory where they lie just as in the file: parts of the file go
// straight to or from that memory.
enum class DirectMove : std::uint8_t { None, FileToMemory, MemoryToFile };

DirectMove directMoveOf(const Plan& plan);

}  // namespace voxline
