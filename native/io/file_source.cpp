#include "io/file_source.h"

#include "io/file.h"
#include "io/inflate_source.h"
#include "io/span_reader.h"

namespace voxline {

namespace {

// A pread costs about as much as copying 8 KiB.
constexpr SpanLimits kReadLimits{.bufferBytes = 1 << 20, .directBytes = 32 << 10, .gapBytes = 8 << 10};

class RawSource final : public FileSource {
 public:
  RawSource(File file, const FileLayout& layout) : file_(std::move(file)), layout_(layout) {
    const std::int64_t end = extentOf(layout).end, size = file_.size();
    if (end <= size) return;
    throw Error(Code::Io,
                layout.path + " has " + std::to_string(size) + " bytes, its voxels end at " +
                    std::to_string(end) + ": " + std::to_string(end - size) + " bytes are missing",
                {{"path", layout.path}, {"offset", static_cast<double>(size)}});
  }

  void read(const Region& region, const View& to, const std::atomic<bool>& stop) override {
    checkRegion(layout_, region, to);
    const auto fetch = [this](std::int64_t position, std::span<std::byte> bytes) {
      file_.read(position, bytes);
    };
    SpanReader reader(layout_, kReadLimits, buffer_, fetch, stop);
    forEachSpan(layout_, region, to, kReadLimits, reader);
  }

 private:
  File file_;
  FileLayout layout_;
  MemoryPtr buffer_;
};

}  // namespace

std::unique_ptr<FileSource> FileSource::open(const FileLayout& layout) {
  File file = File::openToRead(layout.path);
  if (layout.compression != Compression::None) return openInflateSource(std::move(file), layout);
  return std::make_unique<RawSource>(std::move(file), layout);
}

std::size_t FileSource::memory(const FileLayout& layout, const Region& region) {
  const bool isRaw = layout.compression == Compression::None;
  return isRaw ? bufferFor(layout, region, kReadLimits) : inflateSourceMemory(layout, region);
}

}  // namespace voxline
