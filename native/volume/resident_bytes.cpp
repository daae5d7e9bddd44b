#include "volume/resident_bytes.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

namespace voxline {

// Asked by every run: the file stays open, and says no more than is wanted.
std::int64_t residentBytes() {
  static const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  static const std::int64_t page = ::sysconf(_SC_PAGESIZE);
  if (file < 0) return 0;
  char text[128];
  const ssize_t length = ::pread(file, text, sizeof text - 1, 0);
  if (length <= 0) return 0;
  text[length] = 0;
  char *size = nullptr, *resident = nullptr;
  std::strtoll(text, &size, 10);
  const std::int64_t pages = std::strtoll(size, &resident, 10);
  return resident == size ? 0 : pages * page;
}

}  // namespace voxline
