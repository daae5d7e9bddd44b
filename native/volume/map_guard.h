#pragma once

#include <cstddef>
#include <cstdint>

#include "volume/page_layer.h"

namespace voxline {

// Watches the mapped pages of a file. Where the file was cut short under the map, the pages from the first one
// touched and missing become zeros instead of the signal SIGBUS, for whoever touched it, and the guard knows.
class MapGuard {
 public:
  // Of [base, base + length), which maps `file` and needs its bytes up to `end`. The map lives as long as the guard.
  MapGuard(std::byte* base, std::size_t length, LayerPtr file, std::uint64_t end);
  MapGuard(const MapGuard&) = delete;
  MapGuard& operator=(const MapGuard&) = delete;
  ~MapGuard();

  // Throws Error{Io} naming the file when it is shorter than the map, or a page could not be had.
  void check() const;

  struct Slot;

 private:
  Slot* slot_;
  LayerPtr file_;
  std::uint64_t end_;
};

}  // namespace voxline
