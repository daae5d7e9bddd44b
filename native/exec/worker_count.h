#pragma once

namespace voxline {

inline constexpr int kMostWorkers = 1024;

// As many workers as the smaller of CPU affinity and cgroup quota, or VOXLINE_THREADS.
int defaultWorkers();

}  // namespace voxline
