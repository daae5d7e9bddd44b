#include "exec/worker.h"

#include "volume/huge_pages.h"

namespace voxline {

std::byte* Worker::arena(std::size_t bytes) {
  if (arena_ && arena_->bytes() >= bytes) return arena_->data();
  arena_ = nullptr;
  arena_ = allocate(scratchBytesOf(bytes), Fill::None);
  return arena_->data();
}

}  // namespace voxline
