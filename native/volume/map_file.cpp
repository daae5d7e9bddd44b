#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "volume/memory.h"
#include "volume/memory_ledger.h"
#include "volume/paged_memory.h"
#include "volume/shared_file.h"

namespace voxline {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int operator*() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Error mapError(const std::string& path, const std::string& what) {
  return {Code::Io, "cannot map " + path + ": " + what, {{"path", path}}};
}

Error mapError(const std::string& path, int number) {
  return mapError(path, std::generic_category().message(number));
}

void checkExtent(int fd, const std::string& path, std::uint64_t offset, std::size_t bytes) {
  struct stat status;
  if (fstat(fd, &status) != 0) throw mapError(path, errno);
  if (!S_ISREG(status.st_mode)) throw mapError(path, "not a regular file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::uint64_t end;
  if (bytes == 0 || __builtin_add_overflow(offset, bytes, &end) || end > size)
    throw mapError(path, "bytes " + std::to_string(offset) + " + " + std::to_string(bytes) +
                             " must lie inside its " + std::to_string(size) + " bytes");
}

MemoryPtr mapPrivately(Descriptor& fd, const std::string& path, MapMode mode, std::uint64_t offset,
                       std::size_t bytes) {
  const std::size_t inPage = bytesInPage(offset);
  const int file = *fd;
  const auto layer = std::make_shared<PageLayer>(fd.release(), offset - inPage);
  const PageRun pages{0, (inPage + bytes + pageBytes() - 1) / pageBytes()};
  auto memory =
      std::make_shared<PagedMemory>(PageExtents{{pages, layer}}, inPage, bytes, mode != MapMode::Read);
  memory->countAsFile(file, path, offset + bytes);
  return memory;
}

}  // namespace

MemoryPtr mapFile(const std::string& path, MapMode mode, std::uint64_t offset, std::size_t bytes) {
  const int access = mode == MapMode::ReadWrite ? O_RDWR : O_RDONLY;
  Descriptor fd(open(path.c_str(), access | O_CLOEXEC | O_NONBLOCK));
  if (*fd < 0) throw mapError(path, errno);
  checkExtent(*fd, path, offset, bytes);
  if (mode != MapMode::ReadWrite) return mapPrivately(fd, path, mode, offset, bytes);
  if (const int number = reserveBlocks(*fd, offset, bytes)) throw mapError(path, number);
  return std::make_shared<SharedFile>(*fd, path, offset, bytes, memoryLedger().mapped);
}

}  // namespace voxline
