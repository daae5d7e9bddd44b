#include "io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace voxline {

Error ioError(const std::string& what, const std::string& path, int number) {
  return {Code::Io,
          "cannot " + what + " " + path + ": " + std::generic_category().message(number),
          {{"path", path}, {"errno", static_cast<double>(number)}}};
}

namespace {

File openRegular(const std::string& path, int access) {
  // Without O_NONBLOCK opening a pipe would wait for its other end.
  const int fd = open(path.c_str(), access | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) throw ioError("open", path, errno);
  File file(fd, path);
  struct stat status;
  if (fstat(fd, &status) != 0) throw ioError("open", path, errno);
  if (!S_ISREG(status.st_mode))
    throw Error(Code::Io, "cannot open " + path + ": not a regular file", {{"path", path}});
  return file;
}

}  // namespace

File File::openToRead(const std::string& path) { return openRegular(path, O_RDONLY); }

File File::openToPaste(const std::string& path) { return openRegular(path, O_RDWR); }

File::File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

File::~File() {
  if (fd_ >= 0) close(fd_);
}

std::int64_t File::size() const {
  struct stat status;
  if (fstat(fd_, &status) != 0) throw ioError("read", path_, errno);
  return status.st_size;
}

std::size_t File::readUpTo(std::int64_t position, std::span<std::byte> to) const {
  std::size_t done = 0;
  while (done < to.size()) {
    const ssize_t n = pread(fd_, to.data() + done, to.size() - done, position + static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw ioError("read", path_, errno);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

void File::read(std::int64_t position, std::span<std::byte> to) const {
  const std::size_t done = readUpTo(position, to);
  if (done == to.size()) return;
  const std::int64_t end = position + static_cast<std::int64_t>(done);
  throw Error(Code::Io,
              "cannot read " + path_ + ": the file ends at byte " + std::to_string(end) + ", " +
                  std::to_string(to.size() - done) + " bytes are missing",
              {{"path", path_}, {"offset", static_cast<double>(end)}});
}

void File::write(std::int64_t position, std::span<const std::byte> from) const {
  while (!from.empty()) {
    const ssize_t n = pwrite(fd_, from.data(), from.size(), position);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw ioError("write", path_, errno);
    from = from.subspan(static_cast<std::size_t>(n));
    position += n;
  }
}

void File::resize(std::int64_t bytes) const {
  if (ftruncate(fd_, bytes) != 0) throw ioError("write", path_, errno);
}

void File::sync() const {
  if (fsync(fd_) != 0) throw ioError("write", path_, errno);
}

}  // namespace voxline
