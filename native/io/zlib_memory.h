#pragma once

#include <zlib.h>

namespace voxline {

// Lets a stream that is about to be initialised take its state from memory that is counted.
void countMemoryOf(z_stream& stream);

}  // namespace voxline
