#include "volume/block_pool.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "volume/huge_pages.h"

namespace voxline {

namespace {

constexpr std::size_t kHugeFrom = std::size_t{2} << 20;
constexpr std::size_t kMaxKept = 1024;

std::size_t defaultLimit() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const std::size_t physical = pages > 0 ? static_cast<std::size_t>(pages) * pageBytes() : 0;
  return std::min(std::size_t{256} << 20, physical / 16);
}

std::byte* mapPages(std::byte* at, std::size_t bytes) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0);
  void* data = mmap(at, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  return data == MAP_FAILED ? nullptr : static_cast<std::byte*>(data);
}

std::byte* mapAligned(std::size_t bytes) {
  std::byte* data = reserveAligned(bytes, 0);
  if (!data) return nullptr;
  if (!mapPages(data, bytes)) {
    munmap(data, bytes);
    return nullptr;
  }
#ifdef MADV_HUGEPAGE
  madvise(data, bytes, MADV_HUGEPAGE);
#endif
  keepFromChildren(data, bytes);
  return data;
}

BlockPool::Block fromSystem(std::size_t bytes) {
  return {bytes >= kHugeFrom ? mapAligned(bytes) : mapPages(nullptr, bytes), bytes, true, nullptr, nullptr};
}

// Ordinary pages first, which the system refuses where there is too little memory; those of a memfd, which it
// gives blindly, in their place.
BlockPool::Block layeredFromSystem(std::size_t bytes) {
  LayerPtr layer = PageLayer::create(bytes);
  std::byte* data = layer ? mapAligned(bytes) : nullptr;
  if (!data) return {};
  if (mmap(data, bytes, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_SHARED, layer->fd(), 0) == MAP_FAILED) {
    munmap(data, bytes);
    return {};
  }
#ifdef MADV_HUGEPAGE
  madvise(data, bytes, MADV_HUGEPAGE);
#endif
  keepFromChildren(data, bytes);
  return {data, bytes, true, std::move(layer), std::shared_ptr<std::atomic<bool>[]>(new std::atomic<bool>[bytes / kHugePage]{})};
}

void release(const BlockPool::Block& block) { munmap(block.data, block.bytes); }

}  // namespace

BlockPool::BlockPool() : limit_(defaultLimit()) { kept_.reserve(kMaxKept + 1); }

BlockPool::Block BlockPool::take(std::size_t bytes, bool fresh, bool layered) {
  // Sizes that cannot be rounded up to pages, or that no address space holds.
  if (bytes > SIZE_MAX / 2) return {};
  const std::size_t whole = (bytes + pageBytes() - 1) / pageBytes() * pageBytes();
  if (!fresh) {
    Block kept = takeKept(whole, layered);
    if (kept.data) return kept;
  }
  {
    const std::lock_guard lock(mutex_);
    makeRoom(whole);
  }
  if (layered) return layeredFromSystem(whole);
  Block block = fromSystem(whole);
  if (block.data) return block;
  trim();
  return fromSystem(whole);
}

// Pages that the block has lost count as a request of their own.
BlockPool::Block BlockPool::takeKept(std::size_t bytes, bool layered) {
  const std::lock_guard lock(mutex_);
  std::size_t best = kept_.size();
  // From the newest: of two that fit as well, the one more likely in cache.
  for (std::size_t k = kept_.size(); k-- > 0;) {
    const Block& block = kept_[k].block;
    if (block.bytes < bytes || block.bytes > bytes + bytes / 4 || (block.layer != nullptr) != layered) continue;
    if (best == kept_.size() || block.bytes < kept_[best].block.bytes) best = k;
  }
  if (best == kept_.size()) return {};
  Kept kept = std::move(kept_[best]);
  kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(best));
  pooled_ -= kept.resident;
  makeRoom(kept.block.bytes - kept.resident);
  return std::move(kept.block);
}

void BlockPool::give(Block block) {
  block.isFresh = false;
  const std::size_t bytes = block.bytes;
  {
    const std::lock_guard lock(mutex_);
    if (bytes <= limit_) {
      kept_.push_back({std::move(block), bytes});
      pooled_ += bytes;
      releaseDownTo(limit_);
      return;
    }
  }
  release(block);
}

void BlockPool::releaseDownTo(std::size_t bytes) {
  std::size_t gone = 0;
  while (gone < kept_.size() && (pooled_ > bytes || kept_.size() - gone > kMaxKept)) {
    Kept& oldest = kept_[gone];
    const std::size_t before = oldest.resident;
    const bool isTooMany = kept_.size() - gone > kMaxKept;
    if (isTooMany || !releaseTail(oldest, pooled_ - bytes)) {
      release(oldest.block);
      oldest.resident = 0;
      ++gone;
    }
    pooled_ -= before - oldest.resident;
  }
  kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(gone));
}

// Whole huge pages of large blocks. False where no pages would be left, or the block must go as a whole.
bool BlockPool::releaseTail(Kept& kept, std::size_t bytes) {
#if defined(MADV_DONTNEED) && defined(MADV_REMOVE)
  const std::size_t unit = kept.block.bytes >= kHugeFrom ? kHugePage : pageBytes();
  if (bytes >= kept.resident || kept.resident <= unit) return false;
  const std::size_t left = (kept.resident - bytes) / unit * unit;
  if (left == 0) return false;
  const int advice = kept.block.layer ? MADV_REMOVE : MADV_DONTNEED;
  if (madvise(kept.block.data + left, kept.resident - left, advice) != 0) return false;
  for (std::size_t huge = left / kHugePage; kept.block.isPrepared && huge < kept.block.bytes / kHugePage; ++huge)
    kept.block.isPrepared[huge] = false;
  kept.resident = left;
  return true;
#else
  return false;
#endif
}

void BlockPool::makeRoom(std::size_t bytes) {
  releaseDownTo(pooled_ - std::min(pooled_, bytes));
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

BlockPool& blockPool() {
  static BlockPool& pool = *new BlockPool;
  return pool;
}

}  // namespace voxline
