#pragma once

#include <cstddef>
#include <string>

#include "volume/memory.h"

namespace voxline {

// Zeroed memory in a file, where the settings of scratchFiles() say so; else null. Throws Error{Memory} when the disk
// is full, Error{Io} when no file can be made.
MemoryPtr allocateInFile(std::size_t bytes);

// The same in a folder, whatever the settings say.
MemoryPtr allocateInFolder(const std::string& folder, std::size_t bytes);

}  // namespace voxline
