#include "io/file_sink.h"

#include <mutex>

#include "base/checked.h"
#include "io/gzip_sink.h"
#include "io/spans.h"
#include "io/temporary_file.h"
#include "volume/copy.h"

namespace voxline {

namespace {

constexpr SpanLimits kLimits{.bufferBytes = 1 << 20, .directBytes = 32 << 10, .gapBytes = 2 << 10};
constexpr std::int64_t kPieceBytes = 1 << 20;

class RawSink final : public FileSink {
 public:
  explicit RawSink(const FileSinkOptions& options)
      : layout_(options.layout), target_(options.layout.path, options.overwrite) {
    target_.file().write(0, options.header);
    missing_ = checkedMul(Region{layout_.rank, {}, layout_.shape}.size(),
                          static_cast<std::int64_t>(sizeOf(layout_.dtype)));
  }

  void write(const Region& region, const View& from, const std::atomic<bool>& stop) override {
    checkRegion(layout_, region, from);
    const std::lock_guard lock(mutex_);
    Writer writer(*this, stop);
    forEachSpan(layout_, region, from, kLimits, writer);
    missing_ -= region.size() * static_cast<std::int64_t>(sizeOf(layout_.dtype));
  }

  void finish() override {
    const std::lock_guard lock(mutex_);
    if (missing_ != 0)
      throw internalError(layout_.path + ": " + std::to_string(missing_) + " bytes were not written");
    target_.commit();
  }

 private:
  class Writer final : public SpanMover {
   public:
    Writer(RawSink& sink, const std::atomic<bool>& stop) : sink_(sink), stop_(stop) {}

    void moveRun(std::int64_t position, std::byte* memory, std::int64_t bytes) override {
      for (std::int64_t done = 0; done < bytes; done += kPieceBytes) {
        throwIfStopped(stop_);
        const std::int64_t n = std::min(kPieceBytes, bytes - done);
        sink_.target_.file().write(position + done, {memory + done, static_cast<std::size_t>(n)});
      }
    }

    // Bytes between the voxels keep what the file holds there.
    void moveSpan(const Span& span) override {
      throwIfStopped(stop_);
      if (!sink_.buffer_) sink_.buffer_ = allocate(kLimits.bufferBytes, Fill::None);
      const std::span<std::byte> bytes(sink_.buffer_->data(), static_cast<std::size_t>(span.bytes));
      if (!span.isWhole) {
        const std::size_t present = sink_.target_.file().readUpTo(span.position, bytes);
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(present), bytes.end(), std::byte{0});
      }
      View inBuffer = span.inBuffer;
      inBuffer.data = bytes.data();
      copyDisjoint(span.inMemory, inBuffer);
      sink_.target_.file().write(span.position, bytes);
    }

   private:
    RawSink& sink_;
    const std::atomic<bool>& stop_;
  };

  FileLayout layout_;
  TemporaryFile target_;
  std::int64_t missing_ = 0;
  std::mutex mutex_;
  MemoryPtr buffer_;
};

void check(const FileSinkOptions& options) {
  const FileLayout& layout = options.layout;
  if (layout.compression == Compression::Zlib) throw invalidArgument("files are written plain or as gzip");
  if (layout.bigEndian) throw invalidArgument("files are written in little-endian byte order");
  if (options.level < 0 || options.level > 9)
    throw invalidArgument("compression level must be 0 to 9, received " + std::to_string(options.level));
  if (extentOf(layout).begin < static_cast<std::int64_t>(options.header.size()))
    throw invalidArgument("the voxels of " + layout.path + " begin within its header");
}

}  // namespace

std::unique_ptr<FileSink> FileSink::open(FileSinkOptions options) {
  check(options);
  if (options.layout.compression == Compression::Gzip) return openGzipSink(options);
  return std::make_unique<RawSink>(options);
}

}  // namespace voxline
