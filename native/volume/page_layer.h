#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace voxline {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::size_t pageBytes();

// Pages [begin, end), counted from the start of an allocation.
struct PageRun {
  std::size_t begin = 0;
  std::size_t end = 0;

  std::size_t length() const { return end - begin; }
  bool operator==(const PageRun&) const = default;
};

// A file whose pages allocations map: a memfd, or a mapped file of the user's. Page p of an allocation lies p
// pages behind `start`. Once a page is mapped privately nobody writes to it through the file again.
class PageLayer {
 public:
  // A memfd of holes, sealed against growing and shrinking; null where the system has none to give.
  static std::shared_ptr<PageLayer> create(std::size_t bytes);

  // Takes over the descriptor of a user's file.
  PageLayer(int fd, std::uint64_t start) : fd_(fd), start_(start) {}
  PageLayer(const PageLayer&) = delete;
  PageLayer& operator=(const PageLayer&) = delete;
  ~PageLayer();

  int fd() const { return fd_; }
  std::uint64_t position(std::size_t page) const { return start_ + page * pageBytes(); }

  // Copies the pages at `from` into the memfd; false when there is no memory for them.
  bool store(const std::byte* from, PageRun pages);
  // Gives the memfd's pages outside the runs (in order) back to the system. Only for its one user.
  void keepOnly(const std::vector<PageRun>& runs);
  // Counts `bytes` as memory in use until the layer goes or another number is given.
  void count(std::size_t bytes);

  // Allocations that map pages of this layer.
  void addUser() { ++users_; }
  void removeUser() { --users_; }
  bool isOnlyOurs() const { return isMemory_ && users_ == 1; }

 private:
  int fd_;
  std::uint64_t start_;
  std::size_t pages_ = 0;  // of a memfd
  bool isMemory_ = false;
  // Holds pages that a snapshot moved, not an allocation from its start.
  bool isMoved_ = false;
  std::size_t counted_ = 0;
  std::atomic<int> users_{0};
};

using LayerPtr = std::shared_ptr<PageLayer>;

}  // namespace voxline
