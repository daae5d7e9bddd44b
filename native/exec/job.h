#pragma once

#include <atomic>
#include <climits>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>

#include "exec/worker.h"

namespace voxline {

struct Round {
  std::int64_t count;
  std::function<void(std::int64_t, Worker&)> body;
};

// Rounds one after another; all but the constants are guarded by the pool's lock.
struct Job {
  Job(int threads, const std::atomic<bool>& s, std::atomic<bool>* f) : limit(threads > 0 ? threads : INT_MAX), stop(s), failed(f) {}

  const int limit;
  const std::atomic<bool>& stop;
  std::atomic<bool>* const failed;  // set when a body has thrown
  std::deque<Round> rounds;         // the first is under way
  std::int64_t ended = 0;           // rounds
  std::int64_t next = 0;
  int active = 0;
  bool cancelled = false;
  std::int64_t failedIndex = -1;
  std::exception_ptr failure;
  std::condition_variable done;

  bool isHalted() const { return failure || cancelled || stop.load(std::memory_order_relaxed); }
  bool isOpen() const { return !rounds.empty() && next < rounds.front().count && !isHalted(); }

  void keepFailure(std::int64_t index, std::exception_ptr thrown) {
    if (!thrown || (failure && index >= failedIndex)) return;
    failure = std::move(thrown);
    failedIndex = index;
  }

  // When an index is done and no other one runs.
  void rest() {
    if (next == rounds.front().count) {
      rounds.pop_front();
      next = 0;
      ++ended;
    }
    if (failure && failed) failed->store(true);
    done.notify_one();
  }
};

}  // namespace voxline
