#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
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

// The pages of `runs` that are in none of `others`; both are in order.
std::vector<PageRun> without(const std::vector<PageRun>& runs, const std::vector<PageRun>& others);

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
  // Counts `bytes` as memory in use until the layer goes or another number is given.
  void count(std::size_t bytes);

  // The pages that `user` maps from now on, in order, instead of those before. Pages of a memfd that were mapped and are not any
  // more, by whomever, go back to the system.
  void use(const void* user, std::vector<PageRun> runs);

 private:
  int fd_;
  std::uint64_t start_;
  bool isMemory_ = false;
  // Holds pages that a snapshot moved, not an allocation from its start.
  bool isMoved_ = false;
  std::size_t counted_ = 0;
  std::mutex mutex_;
  std::unordered_map<const void*, std::vector<PageRun>> users_;
};

using LayerPtr = std::shared_ptr<PageLayer>;

}  // namespace voxline
