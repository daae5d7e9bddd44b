#include "exec/priority.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "exec/drivers.h"
#include "exec/pool.h"
#include "support/check.h"
#include "support/held_threads.h"

using namespace voxline;
using namespace voxline::test;

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
