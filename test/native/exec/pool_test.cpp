#include "exec/pool.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "support/check.h"
#include "support/held_threads.h"
#include "volume/memory.h"

using namespace voxline;
using namespace voxline::test;

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
