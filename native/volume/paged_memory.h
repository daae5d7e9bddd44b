#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "volume/block_pool.h"
#include "volume/memory.h"
#include "volume/page_extents.h"

namespace voxline {

// Below, a copy costs less than pages do.
inline constexpr std::size_t kSharedFrom = std::size_t{4} << 20;

// Memory whose pages lie in layers, which snapshots share.
//
// A new one maps its only layer shared, as anybody maps a file, and costs what other memory costs. Its first
// snapshot freezes that layer: from then on both sides map it privately, and a page is copied by the system
// when it is first written. A later snapshot moves the pages written since to a layer of their own. Addresses
// never change.
class PagedMemory final : public Memory {
 public:
  // A block of the pool with a layer; it goes back there unless there was a snapshot.
  PagedMemory(BlockPool::Block block, std::size_t bytes);
  // Pages of the extents mapped privately: `bytes` bytes from the one `begin` bytes behind page 0. Throws
  // Error{Memory}.
  PagedMemory(PageExtents extents, std::size_t begin, std::size_t bytes, bool writable);
  ~PagedMemory() override;

  void prepare(std::byte* from, std::size_t bytes) override;
  // Counts it as a mapped file, whose bytes up to `end` it needs.
  void countAsFile(int fd, const std::string& path, std::uint64_t end);
  std::size_t extentCount() const { return extents_.size(); }

 protected:
  MemoryPtr snapshot(std::size_t begin, std::size_t bytes) override;

 private:
  std::byte* at(std::size_t page) const { return base_ + (page - pages_.begin) * pageBytes(); }
  std::size_t length() const { return pages_.length() * pageBytes(); }
  bool mapPrivately(const PageExtent& extent) const;
  std::optional<PageExtents> movedWritten();
  MemoryPtr sharing(const PageExtents& extents, std::size_t begin, std::size_t bytes);
  void setExtents(PageExtents extents);

  std::byte* base_ = nullptr;  // of page pages_.begin
  PageRun pages_;
  std::size_t begin_ = 0;  // bytes from page 0 to data()
  PageExtents extents_;
  std::vector<LayerPtr> layers_;                     // of the extents, each once
  BlockPool::Block block_;                           // until the first snapshot
  std::shared_ptr<std::atomic<bool>[]> isPrepared_;  // of the block: whoever asks at the time of a snapshot still has it
  std::size_t fileBytes_ = 0;
};

}  // namespace voxline
