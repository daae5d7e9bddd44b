#pragma once

#include <cstddef>

#include "volume/memory.h"

namespace voxline {

// One of the workers of a call of the pool, with memory of its own that is used again from index to index and goes with the call.
class Worker {
 public:
  explicit Worker(int index) : index_(index) {}
  int index() const { return index_; }  // below the number of workers of the call
  // At least `bytes`, as scratchBytesOf has them; what it held before is lost when it grows. Throws Error{Memory}.
  std::byte* arena(std::size_t bytes);

 private:
  int index_;
  MemoryPtr arena_;
};

}  // namespace voxline
