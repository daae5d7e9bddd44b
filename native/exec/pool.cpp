#include "exec/pool.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.h"
#include "exec/drivers.h"
#include "exec/job.h"
#include "exec/worker_count.h"

namespace voxline {

namespace {

// How often a job looks whether it has been stopped while no worker comes by.
constexpr std::chrono::milliseconds kPatience(5);

// Which index a thread of the pool is at.
struct Station {
  Job* job = nullptr;
  int thread = 0;
  int depth = 0;  // indices that this one has interrupted
  std::chrono::steady_clock::time_point since;
};

// A little less urgent than the event loop and the drivers: these are at work for microseconds, and should not wait for the rest of a
// worker's slice when they wake up.
void letOthersWakeFirst() {
  constexpr int less = 2;
  const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
  ::setpriority(PRIO_PROCESS, thread, ::getpriority(PRIO_PROCESS, thread) + less);
}

constexpr int kDeepest = 3;

thread_local Station station;

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
    // What has just come has had as little of the workers as who has had least: it waits for nobody, and nobody for long.
    for (const Job* other : jobs_) job.used = other == jobs_.front() ? other->used : std::min(job.used, other->used);
    jobs_.push_back(&job);
    count_.store(jobs_.size(), std::memory_order_relaxed);
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
      startDriverWhereQueued();
    }
    if (job.failure) std::rethrow_exception(job.failure);
  }

  void end(Job& job) {
    std::unique_lock lock(mutex_);
    job.cancelled = true;
    while (job.active > 0) job.done.wait(lock);
    jobs_.erase(std::find(jobs_.begin(), jobs_.end(), &job));
    count_.store(jobs_.size(), std::memory_order_relaxed);
  }

  void giveWay() {
    if (!station.job || station.depth >= kDeepest || count_.load(std::memory_order_relaxed) < 2) return;
    std::unique_lock lock(mutex_);
    charge();
    const Station mine = station;
    for (;;) {
      Job* other = pick(false);
      if (!other || other == mine.job || other->expected() >= mine.job->used) break;
      station = {other, mine.thread, mine.depth + 1, Clock::now()};
      runIndex(lock);
      station = mine;
    }
    station.since = Clock::now();
  }

  bool hasFailed(const Job& job) {
    const std::lock_guard lock(mutex_);
    return job.failure != nullptr;
  }

 private:
  Pool() : wanted_(defaultWorkers()) {}

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

  // Of the jobs that still have work and room for one more worker the one that has had least of the workers' time.
  Job* pick(bool mayWait = true) {
    Job* found = nullptr;
    for (Job* job : jobs_) {
      if (job->active < job->limit && job->open()) {
        if (job->waits && !mayWait) continue;
        if (!found || job->expected() < found->expected()) found = job;
      } else if (job->isHalted() && job->active == 0) {
        job->done.notify_one();
      }
    }
    return found;
  }

  void work(int index) {
    letOthersWakeFirst();
    std::unique_lock lock(mutex_);
    for (;;) {
      Job* job = index < wanted_ ? pick() : nullptr;
      if (!job) {
        wake_.wait(lock);
        continue;
      }
      station = {job, index, 0, Clock::now()};
      runIndex(lock);
      station.job = nullptr;
    }
  }

  // The time since this thread came to its job, or was last charged.
  void charge() {
    const auto now = Clock::now();
    station.job->charge(now - station.since);
    station.since = now;
  }

  // The next index of this thread's job; the lock is given back meanwhile.
  void runIndex(std::unique_lock<std::mutex>& lock) {
    Job& job = *station.job;
    Round& round = *job.open();
    const std::int64_t i = round.next++;
    ++round.active;
    Seat& seat = job.take(station.thread);
    lock.unlock();
    std::exception_ptr failure;
    try {
      round.body(i, seat.worker);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    charge();
    job.keepFailure(round.first + i, std::move(failure));
    job.leave(round, seat);
    if (const Round* next = job.open(); next && wantsOthers(job, *next, station.thread)) wake_.notify_all();
  }

  // A round that begins is for several workers; and this one may be retired, or turn to another job next.
  bool wantsOthers(const Job& job, const Round& next, int index) const {
    return (job.apart && next.next == 0 && job.limit > 1) || index >= wanted_ || (job.limit < wanted_ && jobs_.size() > 1);
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Job*> jobs_;
  std::atomic<std::size_t> count_{0};  // of jobs
  int wanted_;
  int started_ = 0;
};

}  // namespace

int poolSize() { return Pool::instance().size(); }

void setPoolSize(int workers) { Pool::instance().resize(workers); }

Rounds::Rounds(int threads, std::atomic<bool>& stop, bool apart, bool waits)
    : job_(std::make_unique<Job>(threads, stop, &stop, apart, waits)) {
  Pool::instance().begin(*job_);
}

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
  Job job(threads, stop, nullptr, false, false);
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

void giveWay() { Pool::instance().giveWay(); }

}  // namespace voxline
