#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "exec/stop_flag.h"

namespace voxline {

// A pool thread's own memory, reused from tile to tile.
class Worker {
 public:
  explicit Worker(int index) : index_(index) {}
  ~Worker();
  int index() const { return index_; }  // 0 … poolSize() - 1
  // At least `bytes`, aligned to 2 MiB pages; what it held before is lost when it grows. Throws Error{Memory}.
  std::byte* arena(std::size_t bytes);

 private:
  int index_;
  std::byte* arena_ = nullptr;
  std::size_t bytes_ = 0;
};

// The process's pool: as many workers as the smaller of CPU affinity and cgroup quota, VOXLINE_THREADS, or setPoolSize.
int poolSize();
void setPoolSize(int workers);

// Runs body for 0 … count - 1 on at most `threads` workers (0: all) and waits. Calls in flight share the workers fairly, index by
// index. The first exception (of the lowest index, if several) is rethrown after all running bodies have ended; once `stop` is set or a
// body has thrown, no further index is started. Must not be called from a worker.
void parallelFor(std::int64_t count, int threads, const std::atomic<bool>& stop,
                 const std::function<void(std::int64_t index, Worker& worker)>& body);

// Runs `work` on a thread that may wait (drivers of runs: they read, write and call parallelFor). A bounded number run at once,
// the others queue in order. `stop` is the flag that `work` looks at.
void startDriver(std::function<void()> work, StopFlag stop);

// Runs, on this thread, the queued work whose flag is set, which therefore ends at once: drivers may all be busy with runs that need a
// thread that waits for this one.
void endStoppedDrivers();

// While one of these lives a driver waits for work that needs a driver of its own: one more may run.
class DriverPause {
 public:
  DriverPause();
  ~DriverPause();
  DriverPause(const DriverPause&) = delete;
  DriverPause& operator=(const DriverPause&) = delete;
};

struct PoolCounters {
  int workers = 0;
  int running = 0;  // drivers at work
  int queued = 0;   // drivers waiting
};
PoolCounters poolCounters();

}  // namespace voxline
