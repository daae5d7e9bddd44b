#include "volume/paged_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "volume/huge_pages.h"
#include "volume/memory_ledger.h"
#include "volume/written_pages.h"

namespace voxline {

namespace {

// Of the 65 530 mappings a process may have (vm.max_map_count).
constexpr std::size_t kAllExtents = 32'768;
constexpr std::size_t kMostExtents = 2'048;

std::atomic<std::size_t>& extentsInUse() {
  static std::atomic<std::size_t>& count = *new std::atomic<std::size_t>{0};
  return count;
}

// How many extents one memory may have: the fewer there are left, the fewer.
std::size_t extentLimit() {
  const std::size_t used = extentsInUse();
  return std::clamp<std::size_t>(used < kAllExtents ? (kAllExtents - used) / 4 : 0, 1, kMostExtents);
}

Error noPages(std::size_t bytes) {
  return {Code::Memory,
          "no mapping for " + std::to_string(bytes) + " bytes",
          {{"bytes", static_cast<double>(bytes)}}};
}

PageRun pagesOf(std::size_t begin, std::size_t bytes) {
  return {begin / pageBytes(), (begin + bytes + pageBytes() - 1) / pageBytes()};
}

}  // namespace

PagedMemory::PagedMemory(BlockPool::Block block, std::size_t bytes)
    : Memory(block.data, bytes, true),
      base_(block.data),
      pages_{0, block.bytes / pageBytes()},
      block_(std::move(block)),
      isPrepared_(block_.isPrepared) {
  setExtents({{pages_, block_.layer}});
  block_.layer->count(bytes);
}

PagedMemory::PagedMemory(PageExtents extents, std::size_t begin, std::size_t bytes, bool writable)
    : Memory(nullptr, bytes, writable), pages_(pagesOf(begin, bytes)), begin_(begin) {
  base_ = reserveAligned(length(), pages_.begin * pageBytes());
  if (!base_) throw noPages(bytes);
  data_ = base_ + (begin - pages_.begin * pageBytes());
  for (const PageExtent& extent : extents) {
    if (mapPrivately(extent)) continue;
    munmap(base_, length());
    throw noPages(bytes);
  }
  keepFromChildren(base_, length());
  setExtents(std::move(extents));
}

PagedMemory::~PagedMemory() {
  watch_.reset();
  memoryLedger().mapped -= fileBytes_;
  if (!block_.data) munmap(base_, length());
  setExtents({});
  if (!block_.data) return;
  block_.layer->count(0);
  blockPool().give(std::move(block_));
}

void PagedMemory::countAsFile(int fd, const std::string& path, std::uint64_t end) {
  watch_ = std::make_unique<FileWatch>(fd, path, end, base_, length());
  fileBytes_ = bytes_;
  memoryLedger().mapped += bytes_;
}

bool PagedMemory::mapPrivately(const PageExtent& extent) const {
  const auto position = static_cast<off_t>(extent.layer->position(extent.pages.begin));
  return mmap(at(extent.pages.begin), extent.pages.length() * pageBytes(), PROT_READ | PROT_WRITE,
              MAP_FIXED | MAP_PRIVATE | MAP_NORESERVE, extent.layer->fd(), position) != MAP_FAILED;
}

void PagedMemory::setExtents(PageExtents extents) {
  extentsInUse() += extents.size();
  extentsInUse() -= extents_.size();
  std::unordered_map<LayerPtr, std::vector<PageRun>> runs;
  for (const PageExtent& extent : extents_) runs[extent.layer];
  for (const PageExtent& extent : extents) runs[extent.layer].push_back(extent.pages);
  extents_ = std::move(extents);
  for (auto& [layer, pages] : runs) layer->use(this, std::move(pages));
}

void PagedMemory::prepare(std::byte* from, std::size_t bytes) {
  if (!block_.data || !hasHugeLayers()) return;
  const auto begin = static_cast<std::size_t>(from - base_) / kHugePage;
  const std::size_t last = (static_cast<std::size_t>(from - base_) + bytes + kHugePage - 1) / kHugePage;
  const std::size_t end = std::min(last, block_.bytes / kHugePage);
  for (std::size_t huge = begin; huge < end; ++huge) {
    const std::size_t first = huge;
    while (huge < end && !isPrepared_[huge].exchange(true)) ++huge;
    if (huge > first) makeHuge(base_ + first * kHugePage, (huge - first) * kHugePage);
  }
}

MemoryPtr PagedMemory::snapshot(std::size_t begin, std::size_t bytes) {
  if (bytes < kSharedFrom) return Memory::snapshot(begin, bytes);
  const auto extents = block_.data ? extents_ : movedWritten();
  MemoryPtr taken = extents ? sharing(*extents, begin, bytes) : nullptr;
  return taken ? taken : Memory::snapshot(begin, bytes);
}

// Null where there are no mappings left.
MemoryPtr PagedMemory::sharing(const PageExtents& extents, std::size_t begin, std::size_t bytes) {
  const std::size_t from = begin_ + begin;
  std::shared_ptr<PagedMemory> taken;
  try {
    taken = std::make_shared<PagedMemory>(cut(extents, pagesOf(from, bytes)), from, bytes, true);
    if (watch_) taken->watch_ = std::make_unique<FileWatch>(*watch_, taken->base_, taken->length());
  } catch (const Error&) {
    return nullptr;
  }
  if (!block_.data) return taken;
  // Frozen. Whoever writes at this moment, writes before or after it, never into nothing.
  if (!mapPrivately(extents_.front())) return nullptr;
  keepFromChildren(base_, length());
  block_ = {};
  return taken;
}

// Where the pages lie once those written since the last snapshot are in a layer; nothing when there is no
// memory for that.
std::optional<PageExtents> PagedMemory::movedWritten() {
  auto written = writtenPages(base_, pages_);
  if (!written) written.emplace({pages_});
  if (written->empty()) return extents_;
  const auto runs = joinedRuns(extents_, *written, extentLimit());
  const LayerPtr layer = PageLayer::create(pages_.end * pageBytes());
  if (!layer) return std::nullopt;
  for (const PageRun& run : runs)
    if (!layer->store(at(run.begin), run)) return std::nullopt;
  PageExtents moved = overlaid(extents_, runs, layer);
  // Another thread may write to a page after it was stored: there it keeps its own copy.
  if (!isOneThreads()) return moved;
  std::vector<PageRun> mapped;
  for (const PageRun& run : runs)
    if (mapPrivately({run, layer})) mapped.push_back(run);
  keepFromChildren(base_, length());
  setExtents(overlaid(extents_, mapped, layer));
  return moved;
}

}  // namespace voxline
