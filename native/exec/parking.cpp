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
  if (isMoved_) ::sched_setaffinity(thread_, sizeof processors_, &processors_);
  isMoved_ = false;
}

void Parking::call(bool elsewhere) {
  if (elsewhere) leaveCallersProcessor();
  isCalled_ = true;
  called_.notify_one();
}

// Whoever has bound it since it began knows better.
void Parking::leaveCallersProcessor() {
  const int mine = ::sched_getcpu();
  cpu_set_t others;
  if (mine < 0 || ::sched_getaffinity(thread_, sizeof others, &others) != 0 || !CPU_EQUAL(&others, &processors_)) return;
  CPU_CLR(static_cast<std::size_t>(mine), &others);
  isMoved_ = CPU_COUNT(&others) > 0 && ::sched_setaffinity(thread_, sizeof others, &others) == 0;
}

}  // namespace voxline
