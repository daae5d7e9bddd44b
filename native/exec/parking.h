#pragma once

#include <sched.h>
#include <sys/types.h>

#include <condition_variable>
#include <mutex>

namespace voxline {

// Where a thread waits to be called. Both sides hold the lock it waits with.
class Parking {
 public:
  // For the calling thread.
  Parking();
  Parking(const Parking&) = delete;
  Parking& operator=(const Parking&) = delete;

  void wait(std::unique_lock<std::mutex>& lock);
  // `elsewhere`: it begins on another processor than the caller's, who stays at work; then it may run on any again that it might run on
  // when it began (processors a container gains later are not among them). The system by itself often queues it behind its caller when
  // the other processor is just about to be idle, and leaves it there.
  void call(bool elsewhere);

 private:
  void leaveCallersProcessor();
  void mayRunAnywhere();

  const pid_t thread_;
  cpu_set_t processors_;  // that it might run on when it began
  cpu_set_t others_;      // all but its caller's
  std::condition_variable called_;
  bool isCalled_ = false;
  bool isMoved_ = false;
};

}  // namespace voxline
