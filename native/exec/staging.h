#pragma once

#include <memory>
#include <vector>

#include "exec/pass_context.h"
#include "io/file_sink.h"
#include "io/file_source.h"

namespace voxline {

// Memory for a region of a file, its axes in the file's order and direction, so that runs of the file are runs of memory.
Staged stagedFor(const FileLayout& layout, const Region& region);

// The voxels of a region in what is staged.
View partOf(const Staged& staged, const Region& region);

// Parts of a region of about so many bytes, cut along the axis whose neighbours lie farthest apart, in the order of the bytes.
std::vector<Region> partsInOrder(const Region& region, const Index& strides, DType dtype, std::int64_t bytes);

// Bytes that SourceFeed::spool takes.
std::size_t spoolMemory(const FileLayout& layout);

// Reads the parts of a file that divisions need, one after another; what two neighbours share is read once.
class SourceFeed {
 public:
  explicit SourceFeed(const FileLayout& layout);
  // The same of a source that is no file but has the layout's axes.
  SourceFeed(const FileLayout& layout, std::unique_ptr<FileSource> source);
  // Decodes a compressed file to an unlinked scratch file when it is wanted in another order than it is stored.
  void spool(const std::atomic<bool>& stop);
  Staged next(const Region& region, const std::atomic<bool>& stop);
  // Reads a region to memory of the caller's.
  void readTo(const Region& region, const View& memory, const std::atomic<bool>& stop);
  std::int64_t bytesRead() const { return bytesRead_; }

 private:
  Region takeOver(const Region& region, const Staged& staged) const;

  FileLayout layout_;
  std::unique_ptr<FileSource> source_;
  Staged last_;
  Region lastRegion_;
  std::int64_t bytesRead_ = 0;
};

}  // namespace voxline
