#include "exec/drivers.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "exec/pool.h"
#include "support/check.h"
#include "support/held_threads.h"

using namespace voxline;
using namespace voxline::test;

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
