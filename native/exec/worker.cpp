#include "exec/worker.h"

#include <sys/mman.h>

#include <cstdint>
#include <string>

#include "base/error.h"

namespace voxline {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

Worker::~Worker() {
  if (arena_) munmap(arena_, bytes_);
}

std::byte* Worker::arena(std::size_t bytes) {
  const std::size_t whole = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  const bool tooLarge = bytes_ > 4 * whole;
  if (bytes_ >= whole && !tooLarge) return arena_;
  if (arena_) munmap(arena_, bytes_);
  arena_ = nullptr;
  bytes_ = 0;
  void* fresh = mmap(nullptr, whole + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (fresh == MAP_FAILED)
    throw Error(Code::Memory, "cannot allocate " + std::to_string(whole) + " bytes of scratch", {{"bytes", static_cast<double>(whole)}});
  const auto address = reinterpret_cast<std::uintptr_t>(fresh);
  const std::uintptr_t aligned = (address + kHugePage - 1) / kHugePage * kHugePage;
  if (aligned > address) munmap(fresh, aligned - address);
  if (const std::size_t tail = address + kHugePage - aligned; tail > 0) munmap(reinterpret_cast<void*>(aligned + whole), tail);
  arena_ = reinterpret_cast<std::byte*>(aligned);
  bytes_ = whole;
  madvise(arena_, whole, MADV_HUGEPAGE);
  return arena_;
}

}  // namespace voxline
