#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "volume/memory.h"

namespace voxline {

std::size_t bytesInPage(std::uint64_t offset);

// Blocks behind holes now, so that a full disk is an error here and not a signal at a store. 0, or the errno;
// systems of files that reserve nothing count as done.
int reserveBlocks(int fd, std::uint64_t offset, std::size_t bytes);

// Pages of a file that whoever maps or reads it sees too; a snapshot copies them.
class SharedFile : public Memory {
 public:
  // Bytes [offset, offset + bytes), counted in `counter` while they are mapped. Throws Error{Io}.
  SharedFile(int fd, const std::string& path, std::uint64_t offset, std::size_t bytes,
             std::atomic<std::size_t>& counter);
  ~SharedFile() override;

 private:
  std::atomic<std::size_t>& counter_;
  void* base_ = nullptr;
  std::size_t mappedBytes_ = 0;
};

}  // namespace voxline
