#pragma once

#include <functional>

#include "exec/stop_flag.h"

namespace voxline {

// Runs `work` on a thread that may wait (drivers of runs: they read, write and call the pool). A few run at once, and more where these
// are long at work; the others queue in order. `stop` is the flag that `work` looks at.
void startDriver(std::function<void()> work, StopFlag stop);

// Runs, on this thread, the queued work whose flag is set, which therefore ends at once: drivers may all be busy with runs that need a
// thread that waits for this one.
void endStoppedDrivers();

// For drivers that wait, now and then: short runs must not wait for long ones to end.
void startDriverWhereQueued();

// While one of these lives a driver computes, or waits for work that needs a driver of its own: one more may run.
class DriverPause {
 public:
  DriverPause();
  ~DriverPause();
  DriverPause(const DriverPause&) = delete;
  DriverPause& operator=(const DriverPause&) = delete;
};

struct DriverCounters {
  int running = 0;  // at work
  int queued = 0;   // work that waits for one
};
DriverCounters driverCounters();

}  // namespace voxline
