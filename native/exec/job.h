#pragma once

#include <atomic>
#include <chrono>
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
  std::int64_t first = 0;  // of all indices of the job
  std::int64_t next = 0;
  int active = 0;
};

// Where a thread works on a job.
struct Seat {
  Worker worker;
  const void* thread = nullptr;  // that sat there last
  bool isTaken = true;
};

// Rounds one after another; all but the constants are guarded by the pool's lock.
struct Job {
  Job(int threads, const std::atomic<bool>& s, std::atomic<bool>* f, bool a, bool w)
      : limit(threads > 0 ? threads : INT_MAX), stop(s), failed(f), apart(a), waits(w) {}

  const int limit;
  const std::atomic<bool>& stop;
  std::atomic<bool>* const failed;  // set when a body has thrown
  const bool apart;                 // a round begins when the one before has ended, not when all its indices have begun
  const bool waits;                 // bodies wait for threads that may wait for other jobs
  std::deque<Round> rounds;         // that have not ended
  std::int64_t indices = 0;         // of all rounds
  std::int64_t ended = 0;           // rounds
  std::int64_t awaited = 0;         // rounds
  int active = 0;
  std::deque<Seat> seats;           // as many as were ever taken at once
  bool cancelled = false;
  std::int64_t failedIndex = -1;
  std::exception_ptr failure;
  std::condition_variable done;
  std::chrono::nanoseconds used{0};  // of the workers' time, beside what others had had when it began
  std::chrono::nanoseconds last{0};  // part that was charged

  void charge(std::chrono::nanoseconds time) {
    used += time;
    last = time;
  }

  // What it will have used when those at work on it are done.
  std::chrono::nanoseconds expected() const { return used + active * last; }

  bool isHalted() const { return failure || cancelled || stop.load(std::memory_order_relaxed); }

  // The round of which an index may begin.
  Round* open() {
    if (isHalted()) return nullptr;
    for (Round& round : rounds) {
      if (round.next < round.count) return &round;
      if (apart) return nullptr;
    }
    return nullptr;
  }

  // Whether the waiting thread waits for this round.
  bool isAwaited(const Round* open) const {
    std::int64_t ordinal = ended;
    for (const Round& round : rounds) {
      if (&round == open) return ordinal < awaited;
      ++ordinal;
    }
    return false;
  }

  // Whether so many more threads find work, at least.
  bool hasWorkFor(int threads) {
    const Round* round = open();
    return round && limit - active >= threads && round->count - round->next >= threads;
  }

  void add(Round round) {
    round.first = indices;
    indices += round.count;
    rounds.push_back(std::move(round));
  }

  void keepFailure(std::int64_t index, std::exception_ptr thrown) {
    if (!thrown || (failure && index >= failedIndex)) return;
    failure = std::move(thrown);
    failedIndex = index;
  }

  // Begins an index. A thread comes back to the seat whose memory is in its caches, unless another one sits there.
  Seat& take(const void* thread) {
    Seat* found = nullptr;
    for (Seat& seat : seats)
      if (!seat.isTaken && (!found || seat.thread == thread)) found = &seat;
    if (!found) found = &seats.emplace_back(Seat{Worker(static_cast<int>(seats.size()))});
    found->thread = thread;
    found->isTaken = true;
    ++active;
    return *found;
  }

  // An index of the round is done.
  void leave(Round& round, Seat& seat) {
    seat.isTaken = false;
    --active;
    --round.active;
    bool reached = false;
    while (!rounds.empty() && rounds.front().next == rounds.front().count && rounds.front().active == 0) {
      rounds.pop_front();
      reached = ++ended == awaited || reached;
    }
    if (failure && failed && active == 0) failed->store(true);
    if (reached || (active == 0 && isHalted())) done.notify_one();
  }
};

}  // namespace voxline
