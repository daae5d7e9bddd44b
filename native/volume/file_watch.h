#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace voxline {

struct WatchedRange;

// Keeps the process alive when a mapped file is cut short: pages the file no longer has read as zeros then, and `check` says so.
class FileWatch {
 public:
  // Watches `bytes` bytes of address space from `begin` while it lives; the file must reach to `end`. `fd` is copied.
  FileWatch(int fd, std::string path, std::uint64_t end, const std::byte* begin, std::size_t bytes);
  // The same file mapped once more.
  FileWatch(const FileWatch& other, const std::byte* begin, std::size_t bytes);
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;
  ~FileWatch();

  // Throws Error{Io} naming the file once it has been cut short.
  void check() const;

 private:
  int fd_;
  std::string path_;
  std::uint64_t end_;
  WatchedRange* range_;
};

}  // namespace voxline
