#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "volume/memory.h"
#include "volume/memory_ledger.h"
#include "volume/paged_memory.h"

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

// Blocks behind holes now, so that a full disk is an error here and not a signal at a store.
void reserveBlocks([[maybe_unused]] int fd, [[maybe_unused]] const std::string& path,
                   [[maybe_unused]] std::uint64_t offset, [[maybe_unused]] std::size_t bytes) {
#ifdef __linux__
  while (fallocate(fd, 0, static_cast<off_t>(offset), static_cast<off_t>(bytes)) != 0) {
    if (errno == EINTR) continue;
    if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) return;
    throw mapError(path, errno);
  }
#endif
}

std::size_t bytesInPage(std::uint64_t offset) {
  return static_cast<std::size_t>(offset % static_cast<std::uint64_t>(pageBytes()));
}

// Pages that others see too: a snapshot copies them.
class SharedFile final : public Memory {
 public:
  SharedFile(int fd, const std::string& path, std::uint64_t offset, std::size_t bytes)
      : Memory(nullptr, bytes, true) {
    const std::size_t inPage = bytesInPage(offset);
    mappedBytes_ = bytes + inPage;
    base_ = mmap(nullptr, mappedBytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                 static_cast<off_t>(offset - inPage));
    if (base_ == MAP_FAILED) throw mapError(path, errno);
    data_ = static_cast<std::byte*>(base_) + inPage;
    watch_ = std::make_unique<FileWatch>(fd, path, offset + bytes, data_ - inPage, mappedBytes_);
    memoryLedger().mapped += bytes;
  }

  ~SharedFile() override {
    watch_.reset();
    munmap(base_, mappedBytes_);
    memoryLedger().mapped -= bytes_;
  }

 private:
  void* base_ = nullptr;
  std::size_t mappedBytes_ = 0;
};

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
  reserveBlocks(*fd, path, offset, bytes);
  return std::make_shared<SharedFile>(*fd, path, offset, bytes);
}

}  // namespace voxline
