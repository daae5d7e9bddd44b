#include "volume/memory.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "base/error.h"
#include "volume/block_pool.h"
#include "volume/memory_ledger.h"
#include "volume/page_layer.h"
#include "volume/paged_memory.h"
#include "volume/scratch_file.h"

namespace voxline {

namespace {

constexpr std::size_t kAlignment = 64;
// From here on memory comes in pages of its own, kept by the pool; below, from the C library.
constexpr std::size_t kPagesFrom = std::size_t{64} << 10;
// From here on zeroed memory is always fresh: the kernel clears it page by page as it is touched, so nobody
// waits for it now.
constexpr std::size_t kFreshFrom = std::size_t{4} << 20;

Error outOfMemory(std::size_t bytes) {
  return {Code::Memory,
          "no memory for " + std::to_string(bytes) + " bytes",
          {{"bytes", static_cast<double>(bytes)}}};
}

std::byte* allocateSmall(std::size_t bytes) {
  const std::size_t whole = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  return static_cast<std::byte*>(std::aligned_alloc(kAlignment, whole ? whole : kAlignment));
}

class HeapMemory final : public Memory {
 public:
  HeapMemory(std::size_t bytes, Fill fill) : Memory(nullptr, bytes, true) {
    const bool zero = fill == Fill::Zero;
    if (bytes < kPagesFrom) {
      data_ = allocateSmall(bytes);
    } else {
      block_ = blockPool().take(bytes, zero && bytes >= kFreshFrom);
      data_ = block_.data;
    }
    if (!data_) throw outOfMemory(bytes);
    if (zero && !block_.isFresh) std::memset(data_, 0, bytes);
    memoryLedger().addLive(bytes);
  }

  ~HeapMemory() override {
    memoryLedger().live -= bytes_;
    if (block_.data) blockPool().give(std::move(block_));
    else std::free(data_);
  }

 private:
  BlockPool::Block block_;
};

class ForeignMemory final : public Memory {
 public:
  ForeignMemory(std::byte* data, std::size_t bytes, std::function<void()> release)
      : Memory(data, bytes, true), release_(std::move(release)) {}
  ~ForeignMemory() override {
    if (release_) release_();
  }

 private:
  std::function<void()> release_;
};

}  // namespace

MemoryLedger& memoryLedger() {
  static MemoryLedger& ledger = *new MemoryLedger;
  return ledger;
}

Memory::Memory(std::byte* data, std::size_t bytes, bool writable)
    : data_(data), bytes_(bytes), writable_(writable), id_(++memoryLedger().ids) {
  ++memoryLedger().count;
}

Memory::~Memory() { --memoryLedger().count; }

void Memory::prepare(std::byte*, std::size_t) {}

MemoryPtr Memory::snapshot(std::size_t begin, std::size_t bytes) {
  MemoryPtr copy = allocateShareable(bytes, Fill::None);
  copy->prepare(copy->data(), bytes);
  std::memcpy(copy->data(), data_ + begin, bytes);
  return copy;
}

MemoryPtr snapshotOf(const MemoryPtr& memory, std::size_t begin, std::size_t bytes) {
  if (begin > memory->bytes() || bytes > memory->bytes() - begin || bytes == 0)
    throw Error(Code::OutOfBounds, "a snapshot must lie inside its memory");
  const std::lock_guard lock(memory->snapshotting_);
  if (memory->writers_ > 0)
    throw Error(Code::Unsupported,
                "a run or another call is writing to this memory: await it, "
                "then take the snapshot",
                {{"writers", static_cast<double>(memory->writers_)}});
  try {
    MemoryPtr taken = memory->snapshot(begin, bytes);
    memory->checkIntact();
    return taken;
  } catch (const std::bad_alloc&) {
    throw outOfMemory(bytes);
  }
}

MemoryPtr allocate(std::size_t bytes, Fill fill) {
  try {
    return std::make_shared<HeapMemory>(bytes, fill);
  } catch (const std::bad_alloc&) {
    throw outOfMemory(bytes);
  }
}

MemoryPtr allocateShareable(std::size_t bytes, Fill fill) {
  if (bytes >= kSharedFrom) {
    if (MemoryPtr inFile = allocateInFile(bytes)) return inFile;
    BlockPool::Block block = blockPool().take(bytes, fill == Fill::Zero, true);
    if (block.data) return std::make_shared<PagedMemory>(std::move(block), bytes);
  }
  return allocate(bytes, fill);
}

MemoryPtr wrapForeign(std::byte* data, std::size_t bytes, std::function<void()> release) {
  return std::make_shared<ForeignMemory>(data, bytes, std::move(release));
}

MemoryPtr imagine(std::size_t bytes) {
  // Above what systems with addresses of 48 or 52 bits give to a process.
  constexpr std::uintptr_t first = std::uintptr_t{1} << 54;
  static std::atomic<std::uintptr_t> next{0};
  const std::size_t whole = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  const std::uintptr_t at = first + next.fetch_add(whole, std::memory_order_relaxed) % first;
  return wrapForeign(reinterpret_cast<std::byte*>(at), bytes, {});
}

MemoryCounters memoryCounters() {
  const MemoryLedger& ledger = memoryLedger();
  return {ledger.live, blockPool().pooled(), ledger.mapped, ledger.scratch, ledger.moved, ledger.peak, ledger.count};
}

void setPoolLimit(std::size_t bytes) { blockPool().setLimit(bytes); }

void trimPool() { blockPool().trim(); }

}  // namespace voxline
