#include "exec/pool.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "exec/drivers.h"
#include "support/check.h"
#include "volume/memory.h"

using namespace voxline;

namespace {

// Until it is so, or the test has failed anyway.
template <class IsSo>
bool soon(IsSo isSo) {
  const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!isSo()) {
    if (std::chrono::steady_clock::now() > late) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

// The pool has another size while one lives.
class Resized {
 public:
  explicit Resized(int workers) : before_(poolSize()) { setPoolSize(workers); }
  ~Resized() { setPoolSize(before_); }

 private:
  int before_;
};

// Keeps all workers, or all drivers, from other work until it goes.
class Occupied {
 public:
  static std::unique_ptr<Occupied> workers() {
    auto held = std::make_unique<Occupied>();
    Occupied& self = *held;
    self.thread_ = std::thread([&self] {
      const std::atomic<bool> never(false);
      parallelFor(poolSize(), 0, never, [&self](std::int64_t, Worker&) { self.wait(); });
    });
    while (self.waiting_ < poolSize()) std::this_thread::yield();
    return held;
  }

  static std::unique_ptr<Occupied> drivers(int count) {
    auto held = std::make_unique<Occupied>();
    Occupied& self = *held;
    for (int k = 0; k < count; ++k)
      startDriver([&self] { self.wait(); }, std::make_shared<std::atomic<bool>>(false));
    return held;
  }

  ~Occupied() {
    free_ = true;
    if (thread_.joinable()) thread_.join();
    while (waiting_ > 0 || driverCounters().queued > 0) std::this_thread::yield();
  }

 private:
  void wait() {
    ++waiting_;
    while (!free_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    --waiting_;
  }

  std::atomic<int> waiting_{0};
  std::atomic<bool> free_{false};
  std::thread thread_;
};

}  // namespace

TEST(case_44_every_index_is_visited_once_and_an_error_in_any_rejects) {
  const std::atomic<bool> stop(false);
  for (const auto [first, end] : {std::pair{1, 1029}, std::pair{5, 6}, std::pair{7, 7}}) {
    std::vector<std::atomic<int>> visits(1100);
    parallelFor(end - first, 0, stop, [&, first = first](std::int64_t k, Worker&) {
      ++visits[static_cast<std::size_t>(first + k)];
    });
    for (int at = 0; at < 1100; ++at)
      CHECK(visits[static_cast<std::size_t>(at)] == (at >= first && at < end ? 1 : 0));
    for (int failing : {first, (first + end) / 2, end - 1}) {
      std::int64_t thrown = -1;
      try {
        parallelFor(end - first, 0, stop, [&, first = first](std::int64_t k, Worker&) {
          if (first + k == failing) throw first + k;
        });
      } catch (std::int64_t at) {
        thrown = at;
      }
      CHECK(thrown == (first < end ? failing : -1));
    }
  }
}

TEST(a_stopped_job_ends_though_other_jobs_hold_all_workers) {
  const auto occupied = Occupied::workers();
  std::atomic<bool> stop(false);
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stop = true;
  });
  int done = 0;
  parallelFor(100, 0, stop, [&](std::int64_t, Worker&) { ++done; });
  stopper.join();
  CHECK_EQUAL(done, 0);
}

TEST(queued_work_that_was_stopped_can_be_ended_though_other_runs_hold_all_drivers) {
  // More than there are threads for.
  const auto occupied = Occupied::drivers(4 * poolSize() + 8);
  const auto stop = std::make_shared<std::atomic<bool>>(false);
  const auto others = std::make_shared<std::atomic<bool>>(false);
  const auto caller = std::this_thread::get_id();
  std::atomic<int> ended{0}, kept{0};
  for (int k = 0; k < 3; ++k) {
    startDriver([&] { ended += std::this_thread::get_id() == caller && *stop ? 1 : 0; }, stop);
    startDriver([&] { ++kept; }, others);
  }
  endStoppedDrivers();
  CHECK_EQUAL(ended, 0);
  *stop = true;
  endStoppedDrivers();
  CHECK_EQUAL(ended, 3);
  CHECK_EQUAL(kept, 0);
}

// Before further drivers are started by what follows.
TEST(what_is_queued_does_not_wait_for_drivers_that_compute_or_read) {
  const std::atomic<bool> never(false);
  std::atomic<bool> free(false);
  std::atomic<int> ended{0}, late{0};
  const int drivers = 2 * poolSize() + 2;
  const auto flag = std::make_shared<std::atomic<bool>>(false);
  const auto hold = [&] { late += soon([&] { return free.load(); }) ? 0 : 1; };
  // Workers that have just started would take the indices.
  parallelFor(poolSize(), 0, never, [](std::int64_t, Worker&) { std::this_thread::sleep_for(std::chrono::milliseconds(20)); });
  for (int k = 0; k < drivers; ++k)
    startDriver([&, k] {
      if (k < poolSize()) parallelFor(1, 1, never, [&](std::int64_t, Worker&) { hold(); });
      else hold();
      ++ended;
    }, flag);
  while (driverCounters().running < drivers) std::this_thread::yield();
  startDriver([&] { free = true, ++ended; }, flag);
  while (ended < drivers + 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK_EQUAL(late, 0);
}

TEST(what_is_queued_does_not_wait_for_long_drivers) {
  std::atomic<bool> stop(false), free(false);
  std::atomic<int> ended{0};
  const int drivers = 2 * poolSize() + 2;
  const auto hold = [&](std::int64_t, Worker&) {
    while (!free) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  const auto flag = std::make_shared<std::atomic<bool>>(false);
  for (int k = 0; k < drivers; ++k)
    startDriver([&] { parallelFor(1, 1, stop, hold), ++ended; }, flag);
  while (driverCounters().running < drivers) std::this_thread::yield();
  // Frees the others: were it to wait for them, this would not end.
  startDriver([&] { free = true, ++ended; }, flag);
  while (ended < drivers + 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK_EQUAL(stop, false);
}

TEST(threads_are_two_steps_less_urgent_than_the_first_whoever_starts_them) {
  const Resized more(poolSize() + 3);
  const std::atomic<bool> never(false);
  const int first = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::getpid()));
  std::atomic<int> wrong{0};
  std::atomic<bool> isDone(false);
  startDriver([&] {
    for (int k = 0; k < 20; ++k)
      parallelFor(2 * poolSize(), 0, never, [&](std::int64_t, Worker&) {
        wrong += ::getpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid))) == std::min(first + 2, 19) ? 0 : 1;
        std::this_thread::sleep_for(std::chrono::microseconds(200));
      });
    isDone = true;
  }, std::make_shared<std::atomic<bool>>(false));
  while (!isDone) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK_EQUAL(wrong, 0);
}

TEST(calls_may_be_stopped_at_any_moment) {
  for (int k = 0; k < 4000; ++k) {
    std::atomic<bool> stop(false), begun(false);
    std::thread stopper([&] {
      while (!begun) {
      }
      for (volatile int spin = 0; spin < k * 37 % 20000; spin = spin + 1) {
      }
      stop = true;
    });
    parallelFor(1'000'000, 0, stop, [&](std::int64_t, Worker&) { begun = true; });
    stopper.join();
  }
}

TEST(rounds_follow_one_another_and_those_kept_apart_never_meet) {
  for (const bool apart : {false, true}) {
    std::atomic<bool> stop(false);
    std::vector<std::atomic<int>> done(20);
    std::atomic<int> early{0};
    Rounds rounds(0, stop, apart);
    for (std::size_t r = 0; r < done.size(); ++r)
      rounds.add(7, [&, r](std::int64_t, Worker&) {
        if (r > 0 && done[r - 1] < 7) ++early;
        std::this_thread::yield();
        ++done[r];
      }, r % 2 == 1);
    for (std::size_t r = 0; r < done.size(); ++r) {
      rounds.wait(static_cast<std::int64_t>(r) + 1);
      CHECK_EQUAL(done[r], 7);
    }
    if (apart) CHECK_EQUAL(early, 0);
  }
}

TEST(the_lowest_failure_of_rounds_is_thrown_and_no_further_index_begins) {
  for (const bool apart : {false, true}) {
    std::atomic<bool> stop(false);
    std::atomic<int> after{0};
    std::int64_t thrown = -1;
    {
      Rounds rounds(0, stop, apart);
      CHECK(!rounds.hasFailed());
      rounds.add(3, [](std::int64_t, Worker&) {}, false);
      rounds.add(1, [](std::int64_t, Worker&) { throw std::int64_t{5}; }, true);
      try {
        rounds.wait(2);
      } catch (std::int64_t value) {
        thrown = value;
      }
      CHECK(rounds.hasFailed());
      rounds.add(4, [&](std::int64_t, Worker&) { ++after; }, false);
    }
    CHECK_EQUAL(thrown, 5);
    CHECK_EQUAL(after, 0);
    CHECK(stop);
  }
}

TEST(rounds_that_are_stopped_say_so) {
  const auto occupied = Occupied::workers();
  std::atomic<bool> stop(false);
  Rounds rounds(0, stop, true);
  rounds.add(2, [](std::int64_t, Worker&) {}, true);
  stop = true;
  CHECK_THROWS(Code::Aborted, rounds.wait(1));
}

TEST(who_waits_works_in_place_of_a_worker) {
  const std::atomic<bool> never(false);
  const auto caller = std::this_thread::get_id();
  int alone = 0;
  // A worker may be quicker now and then, not always.
  for (int k = 0; k < 100; ++k) {
    int mine = 0;
    parallelFor(3, 1, never, [&](std::int64_t, Worker&) { mine += std::this_thread::get_id() == caller ? 1 : 0; });
    alone += mine == 3 ? 1 : 0;
  }
  CHECK(alone > 0);
}

TEST(no_more_indices_are_under_way_than_there_are_workers_though_callers_take_part) {
  const std::atomic<bool> never(false);
  std::atomic<int> now{0}, most{0}, done{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 3 * poolSize(); ++c)
    callers.emplace_back([&] {
      for (int k = 0; k < 10; ++k)
        parallelFor(20, 0, never, [&](std::int64_t, Worker&) {
          for (int mine = ++now, seen = most; seen < mine && !most.compare_exchange_weak(seen, mine);) {
          }
          std::this_thread::sleep_for(std::chrono::microseconds(50));
          --now;
          ++done;
        });
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(most <= poolSize());
  CHECK_EQUAL(done, 3 * poolSize() * 200);
}

TEST(workers_may_run_on_all_processors_unless_someone_binds_them) {
  if (poolSize() < 2) return;
  const std::atomic<bool> never(false);
  const auto caller = std::this_thread::get_id();
  cpu_set_t all, one, others;
  ::sched_getaffinity(0, sizeof all, &all);
  CPU_ZERO(&one);
  for (std::size_t cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
  CPU_XOR(&others, &all, &one);
  std::atomic<std::thread::id> bound{caller};
  std::atomic<int> wrong{0}, byBound{0};
  // Calls until `isDone`, with bodies long enough for others to come.
  const auto callUntil = [&](auto isDone, auto body) {
    while (!isDone())
      parallelFor(2 * poolSize(), 0, never, [&](std::int64_t, Worker&) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        body(std::this_thread::get_id());
      });
  };
  const auto check = [&](std::thread::id self) {
    if (self == caller) return;
    cpu_set_t mine;
    ::sched_getaffinity(0, sizeof mine, &mine);
    wrong += CPU_EQUAL(&mine, self == bound ? &one : &all) ? 0 : 1;
    byBound += self == bound ? 1 : 0;
  };
  int calls = 0;
  callUntil([&] { return calls++ == 50; }, check);
  CHECK_EQUAL(wrong, 0);
  callUntil([&] { return bound != caller; }, [&](std::thread::id self) {
    auto none = caller;
    if (self != caller && bound.compare_exchange_strong(none, self)) ::sched_setaffinity(0, sizeof one, &one);
  });
  byBound = 0;
  ::sched_setaffinity(0, sizeof others, &others);
  callUntil([&] { return byBound >= 20; }, check);
  ::sched_setaffinity(0, sizeof all, &all);
  CHECK_EQUAL(wrong, 0);
  callUntil([&] { return bound == caller; }, [&](std::thread::id self) {
    if (self == bound && ::sched_setaffinity(0, sizeof all, &all) == 0) bound = caller;
  });
}

TEST(a_short_call_takes_turns_with_a_long_one) {
  std::atomic<bool> stop(false);
  const std::atomic<bool> never(false);
  std::atomic<std::int64_t> done{0};
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::microseconds(200)); };
  std::thread other([&] {
    parallelFor(1'000'000, 0, stop, [&](std::int64_t, Worker&) {
      wait();
      ++done;
    });
  });
  while (done == 0) std::this_thread::yield();
  const std::int64_t before = done, count = 50;
  parallelFor(count, 0, never, [&](std::int64_t, Worker&) { wait(); });
  const std::int64_t meanwhile = done - before;
  stop = true;
  other.join();
  CHECK(meanwhile <= 2 * count + 4 * poolSize());
}

TEST(a_long_body_gives_way_to_a_short_call) {
  std::atomic<bool> stop(false), isDone(false);
  const std::atomic<bool> never(false);
  std::atomic<int> working{0};
  // One index per worker, which ends when the short call has.
  std::thread other([&] {
    parallelFor(poolSize(), 0, never, [&](std::int64_t, Worker& worker) {
      std::byte* const mine = worker.arena(64);
      ++working;
      for (mine[0] = std::byte{7}; !isDone;) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        giveWay();
      }
      CHECK(mine == worker.arena(64) && mine[0] == std::byte{7});
    });
  });
  while (working < poolSize()) std::this_thread::yield();
  std::atomic<int> count{0};
  parallelFor(20, 0, stop, [&](std::int64_t, Worker& worker) {
    worker.arena(64)[0] = std::byte{1};
    giveWay();
    ++count;
  });
  CHECK_EQUAL(count, 20);
  isDone = true;
  other.join();
}

TEST(a_body_that_gave_way_leaves_the_rest_to_workers) {
  const Resized two(2);
  std::atomic<bool> stop(false), mayEnd(false), isGivingWay(false), isFree(false);
  std::atomic<int> working{0}, done{0};
  Rounds holding(1, stop, false), giving(1, stop, false), served(1, stop, false);
  holding.add(1, [&](std::int64_t, Worker&) { ++working, soon([&] { return mayEnd.load(); }); }, false);
  giving.add(1, [&](std::int64_t, Worker&) {
    ++working;
    soon([&] { return isGivingWay.load(); });
    giveWay();
    isFree = soon([&] { return done == 3; });
  }, false);
  CHECK(soon([&] { return working == 2; }));
  served.add(3, [&](std::int64_t k, Worker&) {
    // The other worker finds nothing to do meanwhile: only one may serve.
    if (k == 0) mayEnd = true, std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ++done;
  }, false);
  isGivingWay = true;
  CHECK(soon([&] { return done == 3; }));
  giving.wait(1);
  CHECK(isFree);
}

TEST(who_waits_for_others_interrupts_nobody) {
  std::atomic<bool> stop(false), otherStop(false);
  std::atomic<bool> isDone(false);
  std::atomic<int> working{0}, interrupted{0};
  thread_local bool isInside = false;
  std::thread other([&] {
    parallelFor(poolSize(), 0, stop, [&](std::int64_t, Worker&) {
      isInside = true;
      ++working;
      while (!isDone) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        giveWay();
      }
      isInside = false;
    });
  });
  while (working < poolSize()) std::this_thread::yield();
  {
    Rounds rounds(0, otherStop, false, true);
    rounds.add(20, [&](std::int64_t, Worker&) { interrupted += isInside ? 1 : 0; }, false);
    // One that does not wait is let through meanwhile.
    std::atomic<int> count{0};
    parallelFor(20, 0, stop, [&](std::int64_t, Worker&) { count += isInside ? 1 : 0; });
    CHECK_EQUAL(count, 20);
    CHECK_EQUAL(interrupted, 0);
    isDone = true;
    rounds.wait(1);
  }
  other.join();
  CHECK_EQUAL(interrupted, 0);
}

TEST(a_call_has_memory_for_as_many_workers_as_it_asked_for_and_gives_it_back) {
  const std::atomic<bool> never(false);
  constexpr std::size_t bytes = 300'000;
  const std::size_t before = memoryCounters().live;
  for (const int threads : {1, poolSize()}) {
    std::atomic<std::size_t> most{0};
    std::atomic<int> wrong{0};
    parallelFor(200, threads, never, [&](std::int64_t, Worker& worker) {
      worker.arena(bytes)[bytes - 1] = std::byte{1};
      wrong += worker.index() >= threads ? 1 : 0;
      for (std::size_t now = memoryCounters().live - before, seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
      }
    });
    CHECK_EQUAL(wrong, 0);
    CHECK(most >= bytes && most <= static_cast<std::size_t>(threads) * bytes);
    CHECK_EQUAL(memoryCounters().live, before);
  }
}
