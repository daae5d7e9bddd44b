#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "io/file.h"
#include "io/file_sink.h"
#include "io/writeback.h"
#include "volume/memory.h"

namespace voxline {

// Writes a stream as one gzip member, compressed in blocks of 1 MiB that begin at multiples of 1 MiB of the
// stream and know the last 32 KiB before them. Blocks are compressed side by side; the bytes depend on the
// stream and the level only.
class GzipWriter {
 public:
  // `bytes` is the length of the whole stream. `file` outlives the writer.
  GzipWriter(const File& file, std::int64_t bytes, int level, ParallelFor parallelFor, int threads);

  // Bytes that one takes.
  static std::size_t memory(std::int64_t bytes, int threads);

  std::int64_t position() const { return position_; }
  // The next bytes of the stream. Throws Error{Aborted} soon after `stop`.
  void append(std::span<const std::byte> bytes, const std::atomic<bool>& stop);

 private:
  struct Block {
    std::size_t bytes = 0;  // compressed
    unsigned long crc = 0;
  };

  void writeBlocks(const std::atomic<bool>& stop);
  Block compress(std::int64_t block, std::int64_t count, const std::atomic<bool>& stop) const;
  void emit(std::span<const std::byte> bytes);
  void emitTrailer();

  const File& file_;
  std::int64_t bytes_;
  int level_;
  ParallelFor parallelFor_;
  std::int64_t blocks_;  // compressed together
  MemoryPtr input_;      // the 32 KiB before the first of these blocks, then the blocks
  MemoryPtr output_;
  std::int64_t position_ = 0;
  std::int64_t filled_ = 0;  // bytes of blocks in input_
  std::int64_t written_ = 0;
  Writeback writeback_;
  unsigned long crc_ = 0;
};

}  // namespace voxline
