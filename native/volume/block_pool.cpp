#include "volume/block_pool.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace voxline {

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kHugeFrom = std::size_t{4} << 20;
constexpr std::size_t kMaxKept = 1024;

std::size_t pageBytes() {
  static const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

std::size_t defaultLimit() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const std::size_t physical = pages > 0 ? static_cast<std::size_t>(pages) * pageBytes() : 0;
  return std::min(std::size_t{256} << 20, physical / 16);
}

std::byte* mapPages(std::size_t bytes) {
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return data == MAP_FAILED ? nullptr : static_cast<std::byte*>(data);
}

// Maps a huge page more than asked and cuts both ends off.
std::byte* mapAligned(std::size_t bytes) {
  std::byte* whole = mapPages(bytes + kHugePage);
  if (!whole) return nullptr;
  const std::size_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(whole) % kHugePage) % kHugePage;
  if (before) munmap(whole, before);
  munmap(whole + before + bytes, kHugePage - before);
  std::byte* data = whole + before;
#ifdef MADV_HUGEPAGE
  madvise(data, bytes, MADV_HUGEPAGE);
#endif
#ifdef MADV_DONTFORK
  // A child that only execs need not copy the page tables.
  madvise(data, bytes, MADV_DONTFORK);
#endif
  return data;
}

BlockPool::Block fromSystem(std::size_t bytes) {
  return {bytes >= kHugeFrom ? mapAligned(bytes) : mapPages(bytes), bytes, true};
}

void release(const BlockPool::Block& block) { munmap(block.data, block.bytes); }

}  // namespace

BlockPool::BlockPool() : limit_(defaultLimit()) { kept_.reserve(kMaxKept + 1); }

BlockPool::Block BlockPool::take(std::size_t bytes, bool fresh) {
  // Sizes that cannot be rounded up to pages, or that no address space holds.
  if (bytes > SIZE_MAX / 2) return {};
  const std::size_t whole = (bytes + pageBytes() - 1) / pageBytes() * pageBytes();
  if (!fresh) {
    const Block kept = takeKept(whole);
    if (kept.data) return kept;
  }
  Block block = fromSystem(whole);
  if (block.data) return block;
  trim();
  return fromSystem(whole);
}

BlockPool::Block BlockPool::takeKept(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  std::size_t best = kept_.size();
  // From the newest: of two that fit as well, the one more likely in cache.
  for (std::size_t k = kept_.size(); k-- > 0;) {
    const std::size_t size = kept_[k].bytes;
    if (size < bytes || size > bytes + bytes / 4) continue;
    if (best == kept_.size() || size < kept_[best].bytes) best = k;
  }
  if (best == kept_.size()) return {};
  const Block block = kept_[best];
  kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(best));
  pooled_ -= block.bytes;
  return block;
}

void BlockPool::give(Block block) {
  block.isFresh = false;
  {
    const std::lock_guard lock(mutex_);
    if (block.bytes <= limit_) {
      kept_.push_back(block);
      pooled_ += block.bytes;
      releaseDownTo(limit_);
      return;
    }
  }
  release(block);
}

void BlockPool::releaseDownTo(std::size_t bytes) {
  std::size_t gone = 0;
  while (gone < kept_.size() && (pooled_ > bytes || kept_.size() - gone > kMaxKept)) {
    pooled_ -= kept_[gone].bytes;
    release(kept_[gone++]);
  }
  kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(gone));
}

void BlockPool::setLimit(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  limit_ = bytes;
  releaseDownTo(limit_);
}

std::size_t BlockPool::pooled() const {
  const std::lock_guard lock(mutex_);
  return pooled_;
}

void BlockPool::trim() {
  const std::lock_guard lock(mutex_);
  releaseDownTo(0);
}

}  // namespace voxline
