#include "io/gzip_sink.h"

#include <algorithm>
#include <array>

#include "io/gzip_writer.h"
#include "io/spans.h"
#include "io/temporary_file.h"
#include "volume/copy.h"

namespace voxline {

namespace {

constexpr SpanLimits kGzipLimits{.bufferBytes = 256 << 10, .directBytes = 16 << 10, .gapBytes = 0};

class GzipSink final : public FileSink {
 public:
  explicit GzipSink(const FileSinkOptions& options)
      : layout_(options.layout),
        target_(options.layout.path, options.overwrite),
        bytes_(extentOf(options.layout).end),
        writer_(target_.file(), bytes_, options.level, options.parallelFor, options.threads) {
    const std::atomic<bool> never{false};
    writer_.append(options.header, never);
    constexpr std::array<std::byte, 4096> zeros{};
    const std::int64_t begin = extentOf(layout_).begin;
    while (writer_.position() < begin)
      writer_.append(std::span(zeros).first(
                         static_cast<std::size_t>(std::min<std::int64_t>(4096, begin - writer_.position()))),
                     never);
  }

  void write(const Region& region, const View& from, const std::atomic<bool>& stop) override {
    checkRegion(layout_, region, from);
    Appender appender(*this, stop);
    forEachSpan(layout_, region, from, kGzipLimits, appender);
  }

  void finish() override {
    const std::int64_t missing = bytes_ - writer_.position();
    if (missing != 0)
      throw internalError(layout_.path + ": " + std::to_string(missing) + " bytes were not written");
    target_.commit();
  }

 private:
  class Appender final : public SpanMover {
   public:
    Appender(GzipSink& sink, const std::atomic<bool>& stop) : sink_(sink), stop_(stop) {}

    void moveRun(std::int64_t position, std::byte* memory, std::int64_t bytes) override {
      throwIfStopped(stop_);
      sink_.checkNext(position);
      sink_.writer_.append({memory, static_cast<std::size_t>(bytes)}, stop_);
    }

    void moveSpan(const Span& span) override {
      throwIfStopped(stop_);
      sink_.checkNext(span.position);
      if (!sink_.buffer_) sink_.buffer_ = allocate(kGzipLimits.bufferBytes, Fill::None);
      View inBuffer = span.inBuffer;
      inBuffer.data = sink_.buffer_->data();
      copyDisjoint(span.inMemory, inBuffer);
      sink_.writer_.append({inBuffer.data, static_cast<std::size_t>(span.bytes)}, stop_);
    }

   private:
    GzipSink& sink_;
    const std::atomic<bool>& stop_;
  };

  void checkNext(std::int64_t position) const {
    if (position == writer_.position()) return;
    throw invalidArgument(layout_.path + " is compressed and must be written in file order: byte " +
                          std::to_string(writer_.position()) + " is next, received byte " +
                          std::to_string(position));
  }

  FileLayout layout_;
  TemporaryFile target_;
  std::int64_t bytes_;
  GzipWriter writer_;
  MemoryPtr buffer_;
};

}  // namespace

std::unique_ptr<FileSink> openGzipSink(const FileSinkOptions& options) {
  View voxels{nullptr,
              nullptr,
              options.layout.dtype,
              options.layout.rank,
              options.layout.shape,
              options.layout.strides};
  if (!isDense(voxels))
    throw invalidArgument("the voxels of " + options.layout.path + " must follow each other without gaps");
  return std::make_unique<GzipSink>(options);
}

std::size_t gzipSinkMemory(const FileSinkOptions& options, const Region& region) {
  const std::int64_t bytes = extentOf(options.layout).end;
  return GzipWriter::memory(bytes, options.threads) + bufferFor(options.layout, region, kGzipLimits);
}

}  // namespace voxline
