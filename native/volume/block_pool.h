#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "volume/page_layer.h"

namespace voxline {

// Pages from the system, kept for reuse when freed: a request takes a kept block that is at most a quarter
// larger, and pages of the oldest blocks go back to the system when more than `limit` bytes are kept. A request
// that no kept block serves first gives as many bytes of them back: keeping never makes the process larger than
// it was when all of them were in use. A block that lost some of its pages that way serves on. Thread-safe.
class BlockPool {
 public:
  struct Block {
    std::byte* data = nullptr;
    std::size_t bytes = 0;  // whole pages
    bool isFresh = false;   // straight from the system: all zero
    LayerPtr layer;         // the memfd that holds the pages, mapped shared; null: they are the block's alone
    std::shared_ptr<std::atomic<bool>[]> isPrepared;  // per whole huge page of one with a layer: whether it was asked for
  };

  BlockPool();

  // A block of at least `bytes`; data is null when the system has no more. `fresh` asks for zero pages, never
  // a kept block; `layered` for pages of a memfd: data is null also where there is none.
  Block take(std::size_t bytes, bool fresh, bool layered = false);
  // Never throws.
  void give(Block block);
  void setLimit(std::size_t bytes);
  std::size_t pooled() const;
  // Returns every kept block to the system.
  void trim();

 private:
  // A block and how many of its bytes, from its start, still have pages.
  struct Kept {
    Block block;
    std::size_t resident = 0;
  };

  Block takeKept(std::size_t bytes, bool layered);
  void makeRoom(std::size_t bytes);
  void releaseDownTo(std::size_t bytes);
  static bool releaseTail(Kept& kept, std::size_t bytes);

  mutable std::mutex mutex_;
  std::vector<Kept> kept_;   // oldest first
  std::size_t pooled_ = 0;   // bytes of their pages
  std::size_t limit_;
};

// The process's pool; never destroyed, as memory may be freed while it exits.
BlockPool& blockPool();

}  // namespace voxline
