#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "io/file_layout.h"
#include "volume/view.h"

namespace voxline {

// Runs body(0) … body(count - 1), possibly on several threads, and returns when all are done.
using ParallelFor = std::function<void(std::int64_t count, const std::function<void(std::int64_t)>& body)>;

struct FileSinkOptions {
  FileLayout layout;  // path is the final name; bigEndian must be false for new files
  // Bytes before the voxels; layout positions count from the start of the file. Written by open().
  std::span<const std::byte> header;
  int level = 6;  // of gzip, 0 to 9
  bool overwrite = false;
  bool isPaste = false;     // into a file that is there: all but the voxels of the layout stays, and there is no header
  std::int64_t length = 0;  // of a new plain file, zeros wherever nothing is written; 0: as far as voxels reach
  ParallelFor parallelFor;  // null: on the calling thread
  int threads = 1;                    // that parallelFor uses: bounds the buffers of compression
};

// Writes regions into a temporary file beside the target and renames it when complete. Destroyed before finish() it removes the
// temporary file. A paste writes to the target itself: destroyed before finish() it leaves part of the voxels new. Uncompressed targets take regions in any order, gzip targets in file order (whole runs of the stream).
// The compressed bytes depend on the voxels and the level only, not on how regions are cut or on threads.
class FileSink {
 public:
  // Throws Error{Io} when the folder cannot be written, or the target exists and overwrite is false, or there is no target to paste
  // into.
  static std::unique_ptr<FileSink> open(FileSinkOptions options);
  virtual ~FileSink() = default;
  // Bytes that a sink takes for such regions, from memory that lies as the file does.
  static std::size_t memory(const FileSinkOptions& options, const Region& region);

  virtual void write(const Region& region, const View& from, const std::atomic<bool>& stop) = 0;
  // Checks that every byte was written, syncs, renames.
  virtual void finish() = 0;
};

}  // namespace voxline
