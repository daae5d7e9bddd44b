#include "exec/pool.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <list>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.h"
#include "exec/job.h"
#include "exec/worker_count.h"

namespace voxline {

namespace {

// How often a job looks whether it has been stopped while no worker comes by.
constexpr std::chrono::milliseconds kPatience(5);

// Drivers mostly wait: there are more of them only where those at work keep what is queued from beginning for so long.
constexpr std::chrono::milliseconds kStall(20);
constexpr int kMostDrivers = 256;

struct Queued {
  std::function<void()> work;
  StopFlag stop;
};

// Threads live as long as the process: parked ones must never meet a destroyed mutex, so the pool is never destroyed.
class Pool {
  using Clock = std::chrono::steady_clock;

 public:
  static Pool& instance() {
    static Pool& pool = *new Pool;
    return pool;
  }

  int size() {
    const std::lock_guard lock(mutex_);
    return wanted_;
  }

  void resize(int workers) {
    const std::lock_guard lock(mutex_);
    wanted_ = std::clamp(workers, 1, kMostWorkers);
    wake_.notify_all();
  }

  void begin(Job& job) {
    const std::lock_guard lock(mutex_);
    startWorkers();
    jobs_.push_back(&job);
  }

  void add(Job& job, Round round) {
    const std::lock_guard lock(mutex_);
    const bool wasOpen = job.open();
    job.add(std::move(round));
    if (!wasOpen && job.open()) wake_.notify_all();
  }

  void wait(Job& job, std::int64_t rounds) {
    std::unique_lock lock(mutex_);
    job.awaited = rounds;
    // All workers may be held up by scripts of a thread that waits for this very job to end: its end must not need them.
    const auto isUnderWay = [&] { return job.failure ? job.active > 0 : job.ended < rounds && (job.active > 0 || !job.isHalted()); };
    while (isUnderWay()) {
      job.done.wait_for(lock, kPatience);
      relieveQueue();
    }
    if (job.failure) std::rethrow_exception(job.failure);
  }

  void end(Job& job) {
    std::unique_lock lock(mutex_);
    job.cancelled = true;
    while (job.active > 0) job.done.wait(lock);
    const auto place = std::find(jobs_.begin(), jobs_.end(), &job);
    if (turn_ == place) ++turn_;
    jobs_.erase(place);
  }

  bool hasFailed(const Job& job) {
    const std::lock_guard lock(mutex_);
    return job.failure != nullptr;
  }

  void drive(std::function<void()> work, StopFlag stop) {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) stalledSince_ = Clock::now();
    queue_.push_back({std::move(work), std::move(stop)});
    if (idleDrivers_ > 0) {
      drive_.notify_one();
    } else if (drivers_ < mostDrivers()) {
      startDriverThread();
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

  void pause() {
    const std::lock_guard lock(mutex_);
    ++paused_;
    if (!queue_.empty() && idleDrivers_ == 0 && drivers_ < mostDrivers()) startDriverThread();
  }

  // Threads beyond the usual number stay, and wait like the others.
  void resume() {
    const std::lock_guard lock(mutex_);
    --paused_;
  }

  PoolCounters counters() {
    const std::lock_guard lock(mutex_);
    return {wanted_, drivers_ - idleDrivers_, static_cast<int>(queue_.size())};
  }

 private:
  Pool() : turn_(jobs_.end()), wanted_(defaultWorkers()) {}

  // Where the system gives no more threads the ones there are must do; without any nothing can run.
  void startWorkers() {
    while (started_ < wanted_) {
      try {
        std::thread([this, index = started_] { work(index); }).detach();
      } catch (const std::system_error&) {
        if (started_ == 0) throw Error(Code::Internal, "the system gives no thread to work with");
        return;
      }
      ++started_;
    }
  }

  // Short runs must not wait for long ones to end.
  void relieveQueue() {
    if (queue_.empty() || idleDrivers_ > 0 || drivers_ >= kMostDrivers || Clock::now() - stalledSince_ < kStall) return;
    stalledSince_ = Clock::now();
    startDriverThread();
  }

  int mostDrivers() const { return 2 * wanted_ + 2 + paused_; }

  void startDriverThread() {
    try {
      std::thread([this] { driver(); }).detach();
    } catch (const std::system_error&) {
      if (drivers_ > 0) return;
      queue_.pop_back();
      throw Error(Code::Internal, "the system gives no thread to work with");
    }
    ++drivers_;
  }

  // The next job in turn that still has work and room for one more worker.
  Job* pick() {
    for (std::size_t tried = 0; tried <= jobs_.size(); ++tried) {
      if (turn_ == jobs_.end()) turn_ = jobs_.begin();
      if (turn_ == jobs_.end()) return nullptr;
      Job* job = *turn_++;
      if (job->active < job->limit && job->open()) return job;
      if (job->isHalted() && job->active == 0) job->done.notify_one();
    }
    return nullptr;
  }

  void work(int index) {
    std::unique_lock lock(mutex_);
    for (;;) {
      Job* job = index < wanted_ ? pick() : nullptr;
      if (!job) {
        wake_.wait(lock);
        continue;
      }
      Round& round = *job->open();
      const std::int64_t i = round.next++;
      ++round.active;
      Seat& seat = job->take(index);
      lock.unlock();
      std::exception_ptr failure;
      try {
        round.body(i, seat.worker);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      job->keepFailure(round.first + i, std::move(failure));
      job->leave(round, seat);
      if (const Round* next = job->open(); next && wantsOthers(*job, *next, index)) wake_.notify_all();
    }
  }

  // A round that begins is for several workers; and this one may be retired, or turn to another job next.
  bool wantsOthers(const Job& job, const Round& next, int index) const {
    return (job.apart && next.next == 0 && job.limit > 1) || index >= wanted_ || (job.limit < wanted_ && jobs_.size() > 1);
  }

  void driver() {
    std::unique_lock lock(mutex_);
    for (;;) {
      while (queue_.empty()) {
        ++idleDrivers_;
        drive_.wait(lock);
        --idleDrivers_;
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
  std::condition_variable drive_;
  std::list<Job*> jobs_;
  std::list<Job*>::iterator turn_;
  std::deque<Queued> queue_;
  Clock::time_point stalledSince_;  // when a driver last took something of the queue, or something came to an empty one
  int wanted_;
  int started_ = 0;
  int drivers_ = 0;
  int idleDrivers_ = 0;
  int paused_ = 0;  // drivers that wait for other drivers' work
};

}  // namespace

int poolSize() { return Pool::instance().size(); }

void setPoolSize(int workers) { Pool::instance().resize(workers); }

Rounds::Rounds(int threads, std::atomic<bool>& stop, bool apart) : job_(std::make_unique<Job>(threads, stop, &stop, apart)) { Pool::instance().begin(*job_); }

Rounds::~Rounds() { Pool::instance().end(*job_); }

void Rounds::add(std::int64_t count, std::function<void(std::int64_t, Worker&)> body) {
  Pool::instance().add(*job_, {count, std::move(body)});
}

void Rounds::wait(std::int64_t rounds) {
  Pool::instance().wait(*job_, rounds);
  if (job_->stop.load()) throw Error(Code::Aborted, "the run was stopped");
}

bool Rounds::hasFailed() const { return Pool::instance().hasFailed(*job_); }

void parallelFor(std::int64_t count, int threads, const std::atomic<bool>& stop,
                 const std::function<void(std::int64_t, Worker&)>& body) {
  if (count <= 0) return;
  Job job(threads, stop, nullptr, false);
  Pool& pool = Pool::instance();
  pool.begin(job);
  pool.add(job, {count, body});
  try {
    pool.wait(job, 1);
  } catch (...) {
    pool.end(job);
    throw;
  }
  pool.end(job);
}

void startDriver(std::function<void()> work, StopFlag stop) { Pool::instance().drive(std::move(work), std::move(stop)); }

void endStoppedDrivers() { Pool::instance().endStopped(); }

DriverPause::DriverPause() { Pool::instance().pause(); }

DriverPause::~DriverPause() { Pool::instance().resume(); }

PoolCounters poolCounters() { return Pool::instance().counters(); }

}  // namespace voxline
