#pragma once

#include <atomic>
#include <cstddef>
#include <string>

#include "volume/memory.h"

namespace voxline {

// Where tables lie whose sizes follow from the voxels: in memory as far as their room goes, beyond it in files without names. Thread-safe;
// outlives what it gave.
class TableSpace {
 public:
  TableSpace(std::size_t room, std::string folder) : room_(room), folder_(std::move(folder)) {}
  TableSpace(const TableSpace&) = delete;
  TableSpace& operator=(const TableSpace&) = delete;

  // Contents are undefined. Throws Error{Memory} when the disk is full too, Error{Io} when no file can be made.
  MemoryPtr take(std::size_t bytes);
  // Bytes in memory.
  std::size_t used() const { return used_; }

 private:
  bool reserve(std::size_t bytes);

  std::size_t room_;
  std::string folder_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace voxline
