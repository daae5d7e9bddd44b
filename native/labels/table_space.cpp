#include "labels/table_space.h"

#include <utility>

#include "volume/scratch_file.h"

namespace voxline {

MemoryPtr TableSpace::take(std::size_t bytes) {
  if (!reserve(bytes)) return allocateInFolder(folder_, bytes);
  MemoryPtr memory;
  try {
    memory = allocate(bytes, Fill::None);
  } catch (...) {
    used_ -= bytes;
    throw;
  }
  Memory* const given = memory.get();
  return {given, [this, bytes, memory = std::move(memory)](Memory*) mutable {
            memory = nullptr;
            used_ -= bytes;
          }};
}

bool TableSpace::reserve(std::size_t bytes) {
  std::size_t used = used_;
  while (bytes <= room_ - used)
    if (used_.compare_exchange_weak(used, used + bytes)) return true;
  return false;
}

}  // namespace voxline
