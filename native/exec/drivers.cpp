#include "exec/drivers.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/error.h"
#include "exec/pool.h"
#include "exec/priority.h"

namespace voxline {
namespace {

using Clock = std::chrono::steady_clock;

// There are more drivers than a few, beside those that compute, only where these keep what is queued from beginning for so long.
constexpr std::chrono::milliseconds kStall(20);
constexpr int kMostDrivers = 256;

struct Queued {
  std::function<void()> work;
  StopFlag stop;
};

// Threads live as long as the process: parked ones must never meet a destroyed mutex, so this is never destroyed.
class Drivers {
 public:
  static Drivers& instance() {
    static Drivers& drivers = *new Drivers;
    return drivers;
  }

  void start(std::function<void()> work, StopFlag stop) {
    const int few = 2 * poolSize() + 2;
    const std::lock_guard lock(mutex_);
    few_ = few;
    if (queue_.empty()) stalledSince_ = Clock::now();
    queue_.push_back({std::move(work), std::move(stop)});
    if (idle_ > 0) {
      wake_.notify_one();
    } else if (threads_ < most()) {
      startThread();
    }
  }

  void endStopped() {
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto stopped = [](const Queued& queued) { return queued.stop->load(); };
      const auto found = std::find_if(queue_.begin(), queue_.end(), stopped);
      if (found == queue_.end()) return;
      std::function<void()> work = std::move(found->work);
      queue_.erase(found);
      lock.unlock();
      work();
      work = nullptr;
      lock.lock();
    }
  }

  void relieve() {
    const std::lock_guard lock(mutex_);
    if (queue_.empty() || idle_ > 0 || threads_ >= kMostDrivers || Clock::now() - stalledSince_ < kStall) return;
    stalledSince_ = Clock::now();
    startThread();
  }

  void pause() {
    const std::lock_guard lock(mutex_);
    ++paused_;
    if (!queue_.empty() && idle_ == 0 && threads_ < most()) startThread();
  }

  // Threads beyond the usual number stay, and wait like the others.
  void resume() {
    const std::lock_guard lock(mutex_);
    --paused_;
  }

  DriverCounters counters() {
    const std::lock_guard lock(mutex_);
    return {threads_ - idle_, static_cast<int>(queue_.size())};
  }

 private:
  int most() const { return few_ + paused_; }

  // Where the system gives no more threads the ones there are must do; without any nothing can run.
  void startThread() {
    try {
      std::thread([this] { drive(); }).detach();
    } catch (const std::system_error&) {
      if (threads_ > 0) return;
      queue_.pop_back();
      throw Error(Code::Internal, "the system gives no thread to work with");
    }
    ++threads_;
  }

  void drive() {
    letEventLoopWakeFirst();
    std::unique_lock lock(mutex_);
    for (;;) {
      while (queue_.empty()) {
        ++idle_;
        wake_.wait(lock);
        --idle_;
      }
      std::function<void()> work = std::move(queue_.front().work);
      queue_.pop_front();
      if (!queue_.empty()) stalledSince_ = Clock::now();
      lock.unlock();
      work();
      work = nullptr;
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Queued> queue_;
  Clock::time_point stalledSince_;  // when a driver last took something of the queue, or something came to an empty one
  int few_ = 0;
  int threads_ = 0;
  int idle_ = 0;
  int paused_ = 0;  // drivers that compute or wait for other drivers' work
};

}  // namespace

void startDriver(std::function<void()> work, StopFlag stop) { Drivers::instance().start(std::move(work), std::move(stop)); }

void endStoppedDrivers() { Drivers::instance().endStopped(); }

void startDriverWhereQueued() { Drivers::instance().relieve(); }

DriverPause::DriverPause() { Drivers::instance().pause(); }

DriverPause::~DriverPause() { Drivers::instance().resume(); }

DriverCounters driverCounters() { return Drivers::instance().counters(); }

}  // namespace voxline
