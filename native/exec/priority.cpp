#include "exec/priority.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace voxline {

void letEventLoopWakeFirst() {
  constexpr int less = 2;
  const auto thread = static_cast<id_t>(::syscall(SYS_gettid)), first = static_cast<id_t>(::getpid());
  // Threads begin as urgent as who starts them, which may be one of these.
  const int wanted = ::getpriority(PRIO_PROCESS, first) + less;
  if (::getpriority(PRIO_PROCESS, thread) < wanted) ::setpriority(PRIO_PROCESS, thread, wanted);
}

}  // namespace voxline
