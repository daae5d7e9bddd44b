#pragma once

#include <cstdint>

#include "io/file.h"

namespace voxline {

// Has the system put on disk what a file is given, as soon as 1 MiB of it lies together, so that a sync at the end waits for the rest only.
// Errors are left to that sync.
class Writeback {
 public:
  // After each write.
  void wrote(const File& file, std::int64_t position, std::int64_t bytes);

 private:
  // Bytes that follow each other and were not handed on.
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;
};

}  // namespace voxline
