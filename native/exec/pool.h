#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "exec/worker.h"

namespace voxline {

// The process's pool: as many workers as the smaller of CPU affinity and cgroup quota, VOXLINE_THREADS, or setPoolSize.
int poolSize();
void setPoolSize(int workers);
// Of a call on at most `threads` workers (0: all).
int workersOf(int threads);

// Runs body for 0 … count - 1 on at most `threads` workers (0: all), of which the caller is one where not all are at work, and waits.
// Calls in flight share the workers fairly: the one that has had least of their time comes next. The first exception (of the lowest
// index, if several) is rethrown after all running bodies have ended; once `stop` is set or a body has thrown, no further index is
// started. Must not be called from a body.
void parallelFor(std::int64_t count, int threads, const std::atomic<bool>& stop,
                 const std::function<void(std::int64_t index, Worker& worker)>& body);

struct Job;

// Such calls one after another: each begins as soon as all indices of the one before have begun or, where rounds are kept `apart`, have
// ended. No worker waits for the thread that adds them. A body that throws sets `stop` once those that run beside it have ended.
// Bodies that wait for other threads (`waits`) interrupt no other call's: whom they wait for may wait for that one to end.
class Rounds {
 public:
  Rounds(int threads, std::atomic<bool>& stop, bool apart, bool waits = false);
  // Starts no further index and waits for those under way.
  ~Rounds();
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;

  // Of at least one index. `waitsNext`: the caller is about to wait for it, so one worker less is called.
  void add(std::int64_t count, std::function<void(std::int64_t index, Worker& worker)> body, bool waitsNext);
  // Waits until so many rounds have ended, and takes part in them where not all workers are at work and bodies do not wait. Throws what
  // a body has thrown, Error{Aborted} once `stop` is set.
  void wait(std::int64_t rounds);
  // Whether a body has thrown.
  bool hasFailed() const;

 private:
  std::unique_ptr<Job> job_;
};

// Long bodies call it between parts of their work: their thread does what calls have to do that have had less of the workers' time.
void giveWay();

}  // namespace voxline
