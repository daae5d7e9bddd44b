#include "io/inflate_source.h"

#include <algorithm>

#include "io/inflate_stream.h"
#include "io/span_reader.h"

namespace voxline {

namespace {

// Gaps are decoded in any case; they only must not fill the buffer.
constexpr SpanLimits kInflateLimits{.bufferBytes = 256 << 10, .directBytes = 16 << 10, .gapBytes = 8 << 10};
// The format cannot do better than 258 bytes for 2 bits.
constexpr std::int64_t kMostRatio = 1032;

class InflateSource final : public FileSource {
 public:
  InflateSource(File file, const FileLayout& layout)
      : layout_(layout),
        end_(extentOf(layout).end),
        stream_(checked(std::move(file), layout, end_), layout.compression, layout.streamStart, end_) {}

  void read(const Region& region, const View& to, const std::atomic<bool>& stop) override {
    checkRegion(layout_, region, to);
    const auto fetch = [&](std::int64_t position, std::span<std::byte> bytes) {
      stream_.seek(position, stop);
      stream_.read(bytes);
    };
    SpanReader reader(layout_, kInflateLimits, buffer_, fetch, stop);
    forEachSpan(layout_, region, to, kInflateLimits, reader);
    if (stream_.position() == end_) stream_.finishMember(stop);
  }

 private:
  static File checked(File file, const FileLayout& layout, std::int64_t end) {
    const std::int64_t size = std::max<std::int64_t>(0, file.size() - layout.streamStart);
    if (layout.streamStart >= 0 && end / kMostRatio <= size) return file;
    throw Error(Code::Format,
                layout.path + ": " + std::to_string(size) + " compressed bytes cannot hold the " +
                    std::to_string(end) + " bytes up to the end of the voxels",
                {{"path", layout.path},
                 {"field", "compressed data"},
                 {"offset", static_cast<double>(layout.streamStart)}});
  }

  FileLayout layout_;
  std::int64_t end_;
  InflateStream stream_;
  MemoryPtr buffer_;
};

}  // namespace

std::unique_ptr<FileSource> openInflateSource(File file, const FileLayout& layout) {
  return std::make_unique<InflateSource>(std::move(file), layout);
}

std::size_t inflateSourceMemory(const FileLayout& layout, const Region& region) {
  return InflateStream::memory() + bufferFor(layout, region, kInflateLimits);
}

}  // namespace voxline
