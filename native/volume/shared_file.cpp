#include "volume/shared_file.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "volume/page_layer.h"

namespace voxline {

std::size_t bytesInPage(std::uint64_t offset) {
  return static_cast<std::size_t>(offset % static_cast<std::uint64_t>(pageBytes()));
}

int reserveBlocks([[maybe_unused]] int fd, [[maybe_unused]] std::uint64_t offset,
                  [[maybe_unused]] std::size_t bytes) {
#ifdef __linux__
  while (fallocate(fd, 0, static_cast<off_t>(offset), static_cast<off_t>(bytes)) != 0) {
    if (errno == EINTR) continue;
    return errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL ? 0 : errno;
  }
#endif
  return 0;
}

SharedFile::SharedFile(int fd, const std::string& path, std::uint64_t offset, std::size_t bytes,
                       std::atomic<std::size_t>& counter)
    : Memory(nullptr, bytes, true), counter_(counter), mappedBytes_(bytes + bytesInPage(offset)) {
  const std::size_t inPage = bytesInPage(offset);
  base_ = mmap(nullptr, mappedBytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
               static_cast<off_t>(offset - inPage));
  if (base_ == MAP_FAILED)
    throw Error(Code::Io, "cannot map " + path + ": " + std::generic_category().message(errno),
                {{"path", path}});
  auto* const first = static_cast<std::byte*>(base_);
  data_ = first + inPage;
  watch_ = std::make_unique<FileWatch>(fd, path, offset + bytes, first, mappedBytes_);
  counter_ += bytes;
}

SharedFile::~SharedFile() {
  watch_.reset();
  munmap(base_, mappedBytes_);
  counter_ -= bytes_;
}

}  // namespace voxline
