#include "io/file_sink.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "base/checked.h"
#include "io/gzip_sink.h"
#include "io/spans.h"
#include "io/temporary_file.h"
#include "io/writeback.h"
#include "volume/copy.h"
#include "volume/voxels.h"

namespace voxline {

namespace {

constexpr SpanLimits kWriteLimits{.bufferBytes = 1 << 20, .directBytes = 32 << 10, .gapBytes = 2 << 10};
// Of bytes that others may be pasting at the same time none is written.
constexpr SpanLimits kPasteLimits{.bufferBytes = 1 << 20, .directBytes = 32 << 10, .gapBytes = 0};

class RawSink : public FileSink {
 public:
  void write(const Region& region, const View& from, const std::atomic<bool>& stop) override {
    checkRegion(layout_, region, from);
    const std::lock_guard lock(mutex_);
    Writer writer(*this, stop);
    forEachSpan(layout_, region, from, limits_, writer);
    missing_ -= region.size() * static_cast<std::int64_t>(sizeOf(layout_.dtype));
  }

  void finish() override {
    const std::lock_guard lock(mutex_);
    if (missing_ != 0)
      throw internalError(layout_.path + ": " + std::to_string(missing_) + " bytes were not written");
    complete();
  }

 protected:
  RawSink(const FileLayout& layout, const SpanLimits& limits)
      : layout_(layout),
        limits_(limits),
        isSwapped_(layout.bigEndian && sizeOf(layout.dtype) > 1),
        missing_(checkedMul(Region{layout.rank, {}, layout.shape}.size(),
                            static_cast<std::int64_t>(sizeOf(layout.dtype)))) {}

 private:
  virtual const File& file() const = 0;
  virtual void complete() = 0;

  std::span<std::byte> buffer(std::int64_t bytes) {
    if (!buffer_) buffer_ = allocate(kWriteLimits.bufferBytes, Fill::None);
    return {buffer_->data(), static_cast<std::size_t>(bytes)};
  }

  void put(std::int64_t position, std::span<const std::byte> bytes) {
    file().write(position, bytes);
    writeback_.wrote(file(), position, static_cast<std::int64_t>(bytes.size()));
  }

  void writeSwapped(std::int64_t position, const std::byte* from, std::int64_t bytes) {
    const std::span<std::byte> copy = buffer(bytes);
    std::memcpy(copy.data(), from, copy.size());
    View voxels;
    voxels.data = copy.data();
    voxels.dtype = layout_.dtype;
    voxels.rank = 1;
    voxels.strides[0] = static_cast<std::int64_t>(sizeOf(layout_.dtype));
    voxels.shape[0] = bytes / voxels.strides[0];
    swapBytes(voxels);
    put(position, copy);
  }

  class Writer final : public SpanMover {
   public:
    Writer(RawSink& sink, const std::atomic<bool>& stop) : sink_(sink), stop_(stop) {}

    void moveRun(std::int64_t position, std::byte* memory, std::int64_t bytes) override {
      for (std::int64_t done = 0; done < bytes; done += kPieceBytes) {
        throwIfStopped(stop_);
        const std::int64_t n = std::min(kPieceBytes, bytes - done);
        if (sink_.isSwapped_) sink_.writeSwapped(position + done, memory + done, n);
        else sink_.put(position + done, {memory + done, static_cast<std::size_t>(n)});
      }
    }

    // Bytes between the voxels keep what the file holds there.
    void moveSpan(const Span& span) override {
      throwIfStopped(stop_);
      const std::span<std::byte> bytes = sink_.buffer(span.bytes);
      if (!span.isWhole) {
        const std::size_t present = sink_.file().readUpTo(span.position, bytes);
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(present), bytes.end(), std::byte{0});
      }
      View inBuffer = span.inBuffer;
      inBuffer.data = bytes.data();
      copyDisjoint(span.inMemory, inBuffer);
      if (sink_.isSwapped_) swapBytes(inBuffer);
      sink_.put(span.position, bytes);
    }

   private:
    RawSink& sink_;
    const std::atomic<bool>& stop_;
  };

  FileLayout layout_;
  SpanLimits limits_;
  bool isSwapped_;
  std::int64_t missing_ = 0;
  std::mutex mutex_;
  Writeback writeback_;
  MemoryPtr buffer_;
};

class NewFileSink final : public RawSink {
 public:
  explicit NewFileSink(const FileSinkOptions& options)
      : RawSink(options.layout, kWriteLimits), target_(options.layout.path, options.overwrite) {
    target_.file().write(0, options.header);
    if (options.length > 0) target_.file().resize(options.length);
  }

 private:
  const File& file() const override { return target_.file(); }
  void complete() override { target_.commit(); }

  TemporaryFile target_;
};

class PasteSink final : public RawSink {
 public:
  explicit PasteSink(const FileLayout& layout)
      : RawSink(layout, kPasteLimits), file_(File::openToPaste(layout.path)) {
    if (extentOf(layout).end > file_.size())
      throw Error(Code::Io, layout.path + ": ends before the region that is to be written",
                  {{"path", layout.path}});
  }

 private:
  const File& file() const override { return file_; }
  void complete() override { file_.sync(); }

  File file_;
};

void check(const FileSinkOptions& options) {
  const FileLayout& layout = options.layout;
  if (layout.compression == Compression::Zlib) throw invalidArgument("files are written plain or as gzip");
  if (layout.bigEndian && !options.isPaste)
    throw invalidArgument("files are written in little-endian byte order");
  if (layout.compression != Compression::None && (options.isPaste || options.length > 0))
    throw invalidArgument("compressed files take no parts");
  if (options.isPaste && !options.header.empty()) throw invalidArgument("a paste keeps the file's header");
  if (options.length > 0 && options.length < extentOf(layout).end)
    throw invalidArgument("the voxels of " + layout.path + " end beyond its length");
  if (options.level < 0 || options.level > 9)
    throw invalidArgument("compression level must be 0 to 9, received " + std::to_string(options.level));
  if (extentOf(layout).begin < static_cast<std::int64_t>(options.header.size()))
    throw invalidArgument("the voxels of " + layout.path + " begin within its header");
}

}  // namespace

std::unique_ptr<FileSink> FileSink::open(FileSinkOptions options) {
  check(options);
  if (options.layout.compression == Compression::Gzip) return openGzipSink(options);
  if (options.isPaste) return std::make_unique<PasteSink>(options.layout);
  return std::make_unique<NewFileSink>(options);
}

std::size_t FileSink::memory(const FileSinkOptions& options, const Region& region) {
  const FileLayout& layout = options.layout;
  if (layout.compression == Compression::Gzip) return gzipSinkMemory(options, region);
  const bool isSwapped = layout.bigEndian && sizeOf(layout.dtype) > 1;
  return isSwapped ? kWriteLimits.bufferBytes : bufferFor(layout, region, options.isPaste ? kPasteLimits : kWriteLimits);
}

}  // namespace voxline
