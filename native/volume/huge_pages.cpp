#include "volume/huge_pages.h"

#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "volume/page_layer.h"

#if defined(__linux__) && !defined(MADV_COLLAPSE)
#define MADV_COLLAPSE 25
#endif

namespace voxline {

namespace {

std::atomic<bool> isRefused{false};

}  // namespace

std::byte* reserveAligned(std::size_t bytes, std::size_t phase) {
  void* mapped =
      mmap(nullptr, bytes + kHugePage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* whole = static_cast<std::byte*>(mapped);
  const std::size_t at = reinterpret_cast<std::uintptr_t>(whole) % kHugePage;
  const std::size_t before = (phase % kHugePage + kHugePage - at) % kHugePage;
  if (before > 0) munmap(whole, before);
  if (before < kHugePage) munmap(whole + before + bytes, kHugePage - before);
  return whole + before;
}

std::size_t scratchBytesOf(std::size_t bytes) {
  return bytes < kHugePage / 2 ? bytes : (bytes + kHugePage - 1) / kHugePage * kHugePage;
}

#ifdef __linux__

bool hasHugeLayers() { return !isRefused; }

bool makeHuge(std::byte* data, std::size_t bytes) {
  if (isRefused) return false;
  // A huge page is made around a page that is there.
  for (std::size_t at = 0; at < bytes; at += kHugePage)
    static_cast<void>(*static_cast<const volatile std::byte*>(data + at));
  if (madvise(data, bytes, MADV_COLLAPSE) == 0) return true;
  // What the system does not know it will not learn.
  if (errno == EINVAL) isRefused = true;
  return false;
}

void keepFromChildren(std::byte* data, std::size_t bytes) { madvise(data, bytes, MADV_DONTFORK); }

#else

bool hasHugeLayers() { return false; }
bool makeHuge(std::byte*, std::size_t) { return false; }
void keepFromChildren(std::byte*, std::size_t) {}

#endif

}  // namespace voxline
