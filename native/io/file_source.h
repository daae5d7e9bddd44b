#pragma once

#include <atomic>
#include <memory>

#include "io/file_layout.h"
#include "volume/view.h"

namespace voxline {

// Reads regions of a file. One thread at a time. Every byte is counted: a short file is Error{Io}, a damaged gzip stream Error{Format},
// both naming the file and the offset; the message for a file that is too short says how many bytes are missing.
class FileSource {
 public:
  static std::unique_ptr<FileSource> open(const FileLayout& layout);
  virtual ~FileSource() = default;
  // Bytes that reading such regions one after another takes beside memory that lies as the file does.
  static std::size_t memory(const FileLayout& layout, const Region& region);

  // Fills `to` (same rank, shape of `region`, stored dtype, any strides) with native-endian voxels. Gzip sources go forward for
  // regions that follow each other in file order and start again for one that does not. Throws Error{Aborted} soon after `stop`.
  virtual void read(const Region& region, const View& to, const std::atomic<bool>& stop) = 0;
};

}  // namespace voxline
