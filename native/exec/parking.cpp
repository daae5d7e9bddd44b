#include "exec/parking.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace voxline {

Parking::Parking() : thread_(static_cast<pid_t>(::syscall(SYS_gettid))) {
  if (::sched_getaffinity(thread_, sizeof processors_, &processors_) != 0) CPU_ZERO(&processors_);
}

void Parking::wait(std::unique_lock<std::mutex>& lock) {
  while (!isCalled_) called_.wait(lock);
  isCalled_ = false;
  if (isMoved_) mayRunAnywhere();
}

void Parking::call(bool elsewhere) {
  if (elsewhere) leaveCallersProcessor();
  isCalled_ = true;
  called_.notify_one();
}

// Whoever has bound it meanwhile knows better.
void Parking::leaveCallersProcessor() {
  const int mine = ::sched_getcpu();
  if (mine < 0 || ::sched_getaffinity(thread_, sizeof others_, &others_) != 0 || !CPU_EQUAL(&others_, &processors_)) return;
  CPU_CLR(static_cast<std::size_t>(mine), &others_);
  isMoved_ = CPU_COUNT(&others_) > 0 && ::sched_setaffinity(thread_, sizeof others_, &others_) == 0;
}

void Parking::mayRunAnywhere() {
  isMoved_ = false;
  cpu_set_t now;
  if (::sched_getaffinity(thread_, sizeof now, &now) == 0 && CPU_EQUAL(&now, &others_))
    ::sched_setaffinity(thread_, sizeof processors_, &processors_);
}

}  // namespace voxline
