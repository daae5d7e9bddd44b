#include "exec/parking.h"

#include <sched.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "exec/pool.h"
#include "support/check.h"

using namespace voxline;

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
