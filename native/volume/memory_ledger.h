#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace voxline {

// The numbers behind memoryCounters(). One for the process and never destroyed: memory may be freed while it
// exits.
struct MemoryLedger {
  std::atomic<std::size_t> live{0};
  std::atomic<std::size_t> mapped{0};
  std::atomic<std::size_t> scratch{0};
  std::atomic<std::size_t> moved{0};
  std::atomic<std::size_t> peak{0};
  std::atomic<std::size_t> count{0};
  std::atomic<std::uint64_t> ids{0};

  void addLive(std::size_t bytes) {
    const std::size_t now = live.fetch_add(bytes) + bytes;
    std::size_t greatest = peak.load();
    while (greatest < now && !peak.compare_exchange_weak(greatest, now)) {
    }
  }
};

MemoryLedger& memoryLedger();

}  // namespace voxline
