#pragma once

#include <cstdint>

namespace voxline {

// Bytes of the process that lie in physical memory; 0 where the system does not say.
std::int64_t residentBytes();

}  // namespace voxline
