#include "exec/pool.h"

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
#include "exec/parking.h"
#include "exec/priority.h"
#include "exec/worker_count.h"

namespace voxline {

namespace {

// How often a job looks whether it has been stopped while no worker comes by.
constexpr std::chrono::milliseconds kPatience(5);

// Which index a thread is at.
struct Station {
  Job* job = nullptr;
  int depth = 0;  // indices that this one has interrupted
  std::chrono::steady_clock::time_point since;
};

constexpr int kDeepest = 3;

thread_local Station station;

// Threads live as long as the process: parked ones must never meet a destroyed mutex, so the pool is never destroyed.
class Pool {
  using Clock = std::chrono::steady_clock;

  // While a thread is at a job, which may interrupt another one.
  class Visit {
   public:
    explicit Visit(Job& job) : before_(station) { station = {&job, before_.job ? before_.depth + 1 : 0, Clock::now()}; }
    ~Visit() { station = before_; }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    const Station before_;
  };

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
    callWorker(0, false);
  }

  void begin(Job& job) {
    const std::lock_guard lock(mutex_);
    startWorkers();
    // What has just come has had as little of the workers as who has had least: it waits for nobody, and nobody for long.
    for (const Job* other : jobs_) job.used = other == jobs_.front() ? other->used : std::min(job.used, other->used);
    jobs_.push_back(&job);
    count_.store(jobs_.size(), std::memory_order_relaxed);
  }

  void add(Job& job, Round round, bool waitsNext) {
    const std::lock_guard lock(mutex_);
    job.add(std::move(round));
    const bool takesPart = waitsNext && !job.waits;
    callWorker(takesPart ? 1 : 0, takesPart);
  }

  void wait(Job& job, std::int64_t rounds) {
    std::unique_lock lock(mutex_);
    job.awaited = rounds;
    // All workers may be held up by scripts of a thread that waits for this very job to end: its end must not need them.
    const auto isUnderWay = [&] { return job.failure ? job.active > 0 : job.ended < rounds && (job.active > 0 || !job.isHalted()); };
    takePart(lock, job);
    while (isUnderWay()) {
      job.done.wait_for(lock, kPatience);
      startDriverWhereQueued();
      takePart(lock, job);
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
    const Job* const mine = station.job;
    for (;;) {
      Job* other = pick(false);
      if (!other || other == mine || other->expected() >= mine->used) break;
      runNext(lock, *other);
    }
    callWorker(0, true);
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
        std::thread([this] { work(); }).detach();
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

  // A thread that waits works in place of a worker, and then calls one for what others have to do.
  void takePart(std::unique_lock<std::mutex>& lock, Job& job) {
    if (mayTakePart(job)) {
      const DriverPause pause;
      while (mayTakePart(job)) comeFor(lock, job);
    }
    callWorker(0, false);
  }

  bool mayTakePart(Job& job) { return !job.waits && running_ < wanted_ && job.isAwaited(job.open()) && pick() == &job; }

  void work() {
    letEventLoopWakeFirst();
    Parking parking;
    std::unique_lock lock(mutex_);
    for (;;) {
      Job* job = running_ < wanted_ ? pick() : nullptr;
      if (job) {
        comeFor(lock, *job);
      } else {
        parked_.push_back(&parking);
        parking.wait(lock);
        --called_;
      }
    }
  }

  // Calls a worker where there is work for one more than were called already, and than `coming` others who take work next. Who begins
  // an index calls too, so that workers are called by one another. `elsewhere`: as for Parking.
  void callWorker(int coming, bool elsewhere) {
    coming += called_;
    if (parked_.empty() || running_ + coming >= wanted_) return;
    if (std::none_of(jobs_.begin(), jobs_.end(), [&](Job* job) { return job->hasWorkFor(coming + 1); })) return;
    ++called_;
    parked_.back()->call(elsewhere);
    parked_.pop_back();
  }

  // The time since this thread came to its job, or was last charged.
  void charge() {
    const auto now = Clock::now();
    station.job->charge(now - station.since);
    station.since = now;
  }

  // For the next index of a job, by a thread that is at none.
  void comeFor(std::unique_lock<std::mutex>& lock, Job& job) {
    ++running_;
    try {
      runNext(lock, job);
    } catch (...) {
      --running_;
      throw;
    }
    --running_;
  }

  // The next index of a job, unless it was stopped just now; the lock is given back meanwhile.
  void runNext(std::unique_lock<std::mutex>& lock, Job& job) {
    Round* const open = job.open();
    if (!open) return;
    Round& round = *open;
    const Visit visit(job);
    Seat& seat = job.take(&station);
    const std::int64_t i = round.next++;
    ++round.active;
    callWorker(0, true);
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
  }

  std::mutex mutex_;
  std::vector<Parking*> parked_;
  std::vector<Job*> jobs_;
  std::atomic<std::size_t> count_{0};  // of jobs
  int wanted_;
  int started_ = 0;
  int running_ = 0;  // threads at an index
  int called_ = 0;   // workers that have yet to come
};

}  // namespace

int poolSize() { return Pool::instance().size(); }

void setPoolSize(int workers) { Pool::instance().resize(workers); }

int workersOf(int threads) { return threads > 0 ? std::min(threads, poolSize()) : poolSize(); }

Rounds::Rounds(int threads, std::atomic<bool>& stop, bool apart, bool waits)
    : job_(std::make_unique<Job>(threads, stop, &stop, apart, waits)) {
  Pool::instance().begin(*job_);
}

Rounds::~Rounds() { Pool::instance().end(*job_); }

void Rounds::add(std::int64_t count, std::function<void(std::int64_t, Worker&)> body, bool waitsNext) {
  Pool::instance().add(*job_, {count, std::move(body)}, waitsNext);
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
  pool.add(job, {count, body}, true);
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
