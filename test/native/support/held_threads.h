#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "exec/drivers.h"
#include "exec/pool.h"

namespace voxline::test {

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

}  // namespace voxline::test
