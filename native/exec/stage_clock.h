#pragma once

#include <time.h>

#include <cstdint>

namespace voxline {

// Nanoseconds, for the times of stages.
inline std::int64_t stageClock() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * std::int64_t{1000000000} + t.tv_nsec;
}

}  // namespace voxline
