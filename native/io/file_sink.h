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
  FileLayout layout;  // path is the final name; bigEndian must be false
  // Bytes before the voxels; layout positions count from the start of the file. Written by open().
  std::span<const std::byte> header;
  int level = 6;  // of gzip, 0 to 9
  bool overwrite = false;
  ParallelFor parallelFor;  // null: on the calling thread
  int threads = 1;                    // that parallelFor uses: bounds the buffers of compression
};

// Writes regions into a temporary file beside the target and renames it when complete. Destroyed before finish() it removes the
// temporary file. Uncompressed targets take regions in any order, gzip targets in file order (whole runs of the stream).
// The compressed bytes depend on the voxels and the level only, not on how regions are cut or on threads.
class FileSink {
 public:
  // Throws Error{Io} when the folder cannot be written, or the target exists and overwrite is false.
  static std::unique_ptr<FileSink> open(FileSinkOptions options);
  virtual ~FileSink() = default;

  virtual void write(const Region& region, const View& from, const std::atomic<bool>& stop) = 0;
  // Checks that every byte was written, syncs, renames.
  virtual void finish() = 0;
};

}  // namespace voxline
