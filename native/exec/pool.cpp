#include "exec/pool.h"

#include <sched.h>
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <exception>
#include <fstream>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.h"

namespace voxline {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr int kMostWorkers = 1024;
// How often a job looks whether it has been stopped while no worker comes by.
constexpr std::chrono::milliseconds kPatience(5);

// cpu.max of cgroup v2, cpu.cfs_* of v1; 0 where there is no quota.
int quotaCpus() {
  std::ifstream v2("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (v2 >> quota >> period && quota != "max" && period > 0) return std::max(1, static_cast<int>(std::stod(quota) / period + 0.999));
  std::ifstream us("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), per("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  double v1 = 0;
  if (us >> v1 && per >> period && v1 > 0 && period > 0) return std::max(1, static_cast<int>(v1 / period + 0.999));
  return 0;
}

int defaultWorkers() {
  if (const char* text = std::getenv("VOXLINE_THREADS"))
    if (const int wanted = std::atoi(text); wanted >= 1) return std::min(wanted, kMostWorkers);
  cpu_set_t set;
  int cpus = static_cast<int>(std::thread::hardware_concurrency());
  if (sched_getaffinity(0, sizeof set, &set) == 0) cpus = CPU_COUNT(&set);
  const int quota = quotaCpus();
  if (quota > 0) cpus = std::min(cpus, quota);
  return std::clamp(cpus, 1, kMostWorkers);
}

struct Job {
  std::int64_t count;
  int limit;
  const std::atomic<bool>* stop;
  const std::function<void(std::int64_t, Worker&)>* body;
  std::int64_t next = 0;
  int active = 0;
  std::int64_t failedIndex = -1;
  std::exception_ptr failure;
  std::condition_variable done;

  bool isOpen() const { return next < count && !failure && !stop->load(std::memory_order_relaxed); }
};

struct Queued {
  std::function<void()> work;
  StopFlag stop;
};

// Threads live as long as the process: parked ones must never meet a destroyed mutex, so the pool is never destroyed.
class Pool {
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

  void run(Job& job) {
    std::unique_lock lock(mutex_);
    startWorkers();
    const auto place = jobs_.insert(jobs_.end(), &job);
    wake_.notify_all();
    // All workers may be held up by scripts of a thread that waits for this very job to end: its end must not need them.
    while (job.active > 0 || job.isOpen()) job.done.wait_for(lock, kPatience);
    if (turn_ == place) ++turn_;
    jobs_.erase(place);
  }

  void drive(std::function<void()> work, StopFlag stop) {
    const std::lock_guard lock(mutex_);
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
      if (job->isOpen() && job->active < job->limit) return job;
      if (!job->isOpen() && job->active == 0) job->done.notify_one();
    }
    return nullptr;
  }

  void work(int index) {
    Worker worker(index);
    std::unique_lock lock(mutex_);
    for (;;) {
      Job* job = index < wanted_ ? pick() : nullptr;
      if (!job) {
        wake_.wait(lock);
        continue;
      }
      const std::int64_t i = job->next++;
      ++job->active;
      lock.unlock();
      std::exception_ptr failure;
      try {
        (*job->body)(i, worker);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      --job->active;
      if (failure && (!job->failure || i < job->failedIndex)) {
        job->failure = failure;
        job->failedIndex = i;
      }
      if (job->isOpen()) {
        // This worker may be retired, or turn to another job next.
        if (index >= wanted_ || job->limit < wanted_) wake_.notify_all();
      } else if (job->active == 0) {
        job->done.notify_one();
      }
    }
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
  int wanted_;
  int started_ = 0;
  int drivers_ = 0;
  int idleDrivers_ = 0;
  int paused_ = 0;  // drivers that wait for other drivers' work
};

}  // namespace

Worker::~Worker() {
  if (arena_) munmap(arena_, bytes_);
}

std::byte* Worker::arena(std::size_t bytes) {
  const std::size_t whole = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  const bool tooLarge = bytes_ > 4 * whole;
  if (bytes_ >= whole && !tooLarge) return arena_;
  if (arena_) munmap(arena_, bytes_);
  arena_ = nullptr;
  bytes_ = 0;
  void* fresh = mmap(nullptr, whole + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (fresh == MAP_FAILED)
    throw Error(Code::Memory, "cannot allocate " + std::to_string(whole) + " bytes of scratch", {{"bytes", static_cast<double>(whole)}});
  const auto address = reinterpret_cast<std::uintptr_t>(fresh);
  const std::uintptr_t aligned = (address + kHugePage - 1) / kHugePage * kHugePage;
  if (aligned > address) munmap(fresh, aligned - address);
  if (const std::size_t tail = address + kHugePage - aligned; tail > 0) munmap(reinterpret_cast<void*>(aligned + whole), tail);
  arena_ = reinterpret_cast<std::byte*>(aligned);
  bytes_ = whole;
  madvise(arena_, whole, MADV_HUGEPAGE);
  return arena_;
}

int poolSize() { return Pool::instance().size(); }

void setPoolSize(int workers) { Pool::instance().resize(workers); }

void parallelFor(std::int64_t count, int threads, const std::atomic<bool>& stop,
                 const std::function<void(std::int64_t, Worker&)>& body) {
  if (count <= 0) return;
  Job job;
  job.count = count;
  job.limit = threads > 0 ? threads : kMostWorkers;
  job.stop = &stop;
  job.body = &body;
  Pool::instance().run(job);
  if (job.failure) std::rethrow_exception(job.failure);
}

void startDriver(std::function<void()> work, StopFlag stop) { Pool::instance().drive(std::move(work), std::move(stop)); }

void endStoppedDrivers() { Pool::instance().endStopped(); }

DriverPause::DriverPause() { Pool::instance().pause(); }

DriverPause::~DriverPause() { Pool::instance().resume(); }

PoolCounters poolCounters() { return Pool::instance().counters(); }

}  // namespace voxline
