#include "exec/worker_count.h"

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

namespace voxline {
namespace {

// cpu.max of cgroup v2, cpu.cfs_* of v1; 0 where there is no quota.
int quotaCpus() {
  std::ifstream v2("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (v2 >> quota >> period && quota != "max" && period > 0) return std::max(1, static_cast<int>(std::stod(quota) / period + 0.999));
  std::ifstream us("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), per("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  double v1 = 0;
  if (us >> v1 && per >> period && v1 > 0 && period > 0) return std::max(1, static_cast<int>(v1 / period + 0.999));
  return 0;
}

}  // namespace

int defaultWorkers() {
  if (const char* text = std::getenv("VOXLINE_THREADS"))
    if (const int wanted = std::atoi(text); wanted >= 1) return std::min(wanted, kMostWorkers);
  cpu_set_t set;
  int cpus = static_cast<int>(std::thread::hardware_concurrency());
  if (sched_getaffinity(0, sizeof set, &set) == 0) cpus = CPU_COUNT(&set);
  const int quota = quotaCpus();
  if (quota > 0) cpus = std::min(cpus, quota);
  return std::clamp(cpus, 1, kMostWorkers);
}

}  // namespace voxline
