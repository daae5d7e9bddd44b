#pragma once

#include <cstddef>

namespace voxline {

// A pool thread's own memory, reused from tile to tile.
class Worker {
 public:
  explicit Worker(int index) : index_(index) {}
  ~Worker();
  int index() const { return index_; }  // 0 … poolSize() - 1
  // At least `bytes`, aligned to 2 MiB pages; what it held before is lost when it grows. Throws Error{Memory}.
  std::byte* arena(std::size_t bytes);

 private:
  int index_;
  std::byte* arena_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace voxline
