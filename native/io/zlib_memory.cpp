#include "io/zlib_memory.h"

#include <cstddef>
#include <cstdlib>
#include <new>

#include "volume/memory_ledger.h"

namespace voxline {

namespace {

// In front of what zlib gets.
struct alignas(std::max_align_t) Head {
  std::size_t bytes;
};

voidpf take(voidpf, uInt count, uInt size) {
  const std::size_t bytes = std::size_t{count} * size;
  void* whole = std::malloc(sizeof(Head) + bytes);
  if (!whole) return nullptr;
  memoryLedger().addLive(bytes);
  return new (whole) Head{bytes} + 1;
}

void give(voidpf, voidpf address) {
  Head* head = static_cast<Head*>(address) - 1;
  memoryLedger().live -= head->bytes;
  std::free(head);
}

}  // namespace

void countMemoryOf(z_stream& stream) {
  stream.zalloc = take;
  stream.zfree = give;
}

}  // namespace voxline
