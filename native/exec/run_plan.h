#pragma once

#include <functional>
#include <string>
#include <vector>

#include "exec/stop_flag.h"
#include "plan/pass.h"

namespace voxline {

struct RunHooks {
  std::function<void(double fraction)> progress;                      // from any thread, at most ten times a second
  std::function<void(std::int64_t index, std::int64_t count)> division;  // when one begins
};

struct RunOutcome {
  std::vector<std::vector<double>> results;  // per reduce node, in the plan's order
  std::int64_t bytesRead = 0;
  std::int64_t bytesWritten = 0;
  double milliseconds = 0;
  std::vector<double> stageMilliseconds;     // per node, summed over workers
};

// Carries out a decoded plan on the pool; the calling thread reads, writes and waits, so it must be a driver's. Throws the first
// failure after everything has stopped: files that were being written are gone then.
RunOutcome runPlan(Plan plan, const StopFlag& stop, const RunHooks& hooks);

// The machine's limits as planPass wants them.
PassLimits passLimits();

}  // namespace voxline
