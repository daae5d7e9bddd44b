#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "io/file.h"
#include "io/file_layout.h"
#include "volume/memory.h"

namespace voxline {

// The decompressed bytes of a gzip or zlib stream in a file, read forwards; gzip members may follow each
// other. Going back starts again, and from then on keeps the decoder's state every few MiB, so that a reader
// who jumps about decodes one such span at most.
class InflateStream {
 public:
  // The stream starts at byte `start` of the file; at most `bytes` of it will be wanted, which spaces the
  // kept states.
  InflateStream(File file, Compression compression, std::int64_t start, std::int64_t bytes);
  ~InflateStream();

  // Bytes that one takes which only goes forwards.
  static std::size_t memory();

  std::int64_t position() const { return position_; }
  void seek(std::int64_t position, const std::atomic<bool>& stop);
  // Exactly to.size() bytes, at most a few MiB. Throws Error{Format} with the offset in the compressed file.
  void read(std::span<std::byte> to);
  // Decodes to the end of the current member, which checks its checksum.
  void finishMember(const std::atomic<bool>& stop);

 private:
  struct Decoder;
  struct State;

  void restore(std::int64_t position);
  void keepState();
  std::size_t decode(std::span<std::byte> to, bool acrossMembers);
  bool startMember();
  bool refill();
  Error damaged(const std::string& what) const;

  File file_;
  bool isGzip_;
  std::int64_t start_;
  MemoryPtr input_;
  MemoryPtr discarded_;
  std::unique_ptr<Decoder> decoder_;
  std::int64_t position_ = 0;
  std::int64_t fileOffset_;  // of the first byte not yet in `input_`
  bool inMember_ = false;
  bool isBroken_ = false;
  bool keepsStates_ = false;
  std::int64_t spacing_;
  std::vector<State> states_;  // by position
};

}  // namespace voxline
