#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/error.h"

namespace voxline {

// Error{Io}: what was done, the path, and the system's text for errno number `number`.
Error ioError(const std::string& what, const std::string& path, int number);

// An open regular file, read and written by position.
class File {
 public:
  // Throws Error{Io}, also for anything that is not a regular file.
  static File openToRead(const std::string& path);
  // The same, to change bytes that are there.
  static File openToPaste(const std::string& path);
  // Takes over an open descriptor.
  File(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  File(File&& other) noexcept;
  File& operator=(File&&) = delete;
  ~File();

  int descriptor() const { return fd_; }
  const std::string& path() const { return path_; }
  std::int64_t size() const;
  // As many bytes as there are up to to.size(): fewer only at the end of the file.
  std::size_t readUpTo(std::int64_t position, std::span<std::byte> to) const;
  // Exactly to.size() bytes; Error{Io} saying how many are missing otherwise.
  void read(std::int64_t position, std::span<std::byte> to) const;
  void write(std::int64_t position, std::span<const std::byte> from) const;
  // Holes where it grows.
  void resize(std::int64_t bytes) const;
  void sync() const;

 private:
  int fd_;
  std::string path_;
};

}  // namespace voxline
