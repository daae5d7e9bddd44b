#include "io/gzip_writer.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "io/spans.h"
#include "io/zlib_memory.h"

// Node's zlib.h does not declare it when file offsets have 64 bits.
extern "C" uLong crc32_combine(uLong, uLong, z_off_t);

namespace voxline {

namespace {

constexpr std::int64_t kBlock = 1 << 20;
constexpr std::int64_t kWindow = 32 << 10;
// More than deflate makes of one block: stored blocks of 16 KiB with 5 bytes each, and the flush.
constexpr std::int64_t kOutput = kBlock + (kBlock >> 10) + 4096;
constexpr std::int64_t kPiece = 128 << 10;
// What zlib takes for an encoder, and a little more.
constexpr std::int64_t kEncoderBytes = 272 << 10;

const Bytef* bytef(const std::byte* p) { return reinterpret_cast<const Bytef*>(p); }

struct Deflater {
  z_stream z{};

  explicit Deflater(int level) {
    countMemoryOf(z);
    if (deflateInit2(&z, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw Error(Code::Memory, "no memory for a gzip encoder", {{"bytes", 268000.0}});
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&z); }
};

std::int64_t blocksAtOnce(std::int64_t bytes, int threads) {
  const std::int64_t most = std::clamp<std::int64_t>(2 * threads, 1, 16);
  return std::clamp<std::int64_t>((bytes + kBlock - 1) / kBlock, 1, most);
}

}  // namespace

GzipWriter::GzipWriter(const File& file, std::int64_t bytes, int level, ParallelFor parallelFor, int threads)
    : file_(file),
      bytes_(bytes),
      level_(level),
      parallelFor_(std::move(parallelFor)),
      blocks_(blocksAtOnce(bytes, parallelFor_ ? threads : 0)),
      input_(allocate(static_cast<std::size_t>(kWindow + blocks_ * kBlock), Fill::None)),
      output_(allocate(static_cast<std::size_t>(blocks_ * kOutput), Fill::None)) {
  // RFC 1952: no name, no time, unknown system.
  constexpr unsigned char header[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
  emit(std::as_bytes(std::span(header)));
}

std::size_t GzipWriter::memory(std::int64_t bytes, int threads) {
  const std::int64_t blocks = blocksAtOnce(bytes, threads);
  return static_cast<std::size_t>(kWindow + blocks * (kBlock + kOutput) + std::min<std::int64_t>(threads, blocks) * kEncoderBytes);
}

void GzipWriter::append(std::span<const std::byte> bytes, const std::atomic<bool>& stop) {
  while (!bytes.empty()) {
    const auto room = static_cast<std::size_t>(blocks_ * kBlock - filled_);
    const std::size_t n = std::min(room, bytes.size());
    std::memcpy(input_->data() + kWindow + filled_, bytes.data(), n);
    filled_ += static_cast<std::int64_t>(n);
    position_ += static_cast<std::int64_t>(n);
    bytes = bytes.subspan(n);
    if (filled_ == blocks_ * kBlock || position_ == bytes_) writeBlocks(stop);
  }
}

void GzipWriter::writeBlocks(const std::atomic<bool>& stop) {
  const std::int64_t count = (filled_ + kBlock - 1) / kBlock;
  std::vector<Block> blocks(static_cast<std::size_t>(count));
  const auto body = [&](std::int64_t k) { blocks[static_cast<std::size_t>(k)] = compress(k, count, stop); };
  if (parallelFor_ && count > 1) {
    parallelFor_(count, body);
  } else {
    for (std::int64_t k = 0; k < count; ++k) body(k);
  }
  throwIfStopped(stop);
  for (std::int64_t k = 0; k < count; ++k) {
    const Block& block = blocks[static_cast<std::size_t>(k)];
    emit({output_->data() + k * kOutput, block.bytes});
    crc_ = crc32_combine(crc_, block.crc, static_cast<z_off_t>(std::min(kBlock, filled_ - k * kBlock)));
  }
  std::memmove(input_->data(), input_->data() + filled_, kWindow);
  filled_ = 0;
  if (position_ == bytes_) emitTrailer();
}

GzipWriter::Block GzipWriter::compress(std::int64_t block, std::int64_t count,
                                       const std::atomic<bool>& stop) const {
  const std::byte* first = input_->data() + kWindow + block * kBlock;
  const std::int64_t length = std::min(kBlock, filled_ - block * kBlock);
  const bool isLast = block == count - 1 && position_ == bytes_;
  Deflater deflater(level_);
  z_stream& z = deflater.z;
  const bool isFirst = position_ - filled_ + block * kBlock == 0;
  if (!isFirst) deflateSetDictionary(&z, bytef(first - kWindow), kWindow);
  z.next_out = reinterpret_cast<Bytef*>(output_->data() + block * kOutput);
  z.avail_out = kOutput;
  for (std::int64_t done = 0; done < length; done += kPiece) {
    throwIfStopped(stop);
    const std::int64_t n = std::min(kPiece, length - done);
    z.next_in = const_cast<Bytef*>(bytef(first + done));
    z.avail_in = static_cast<uInt>(n);
    const int flush = done + n < length ? Z_NO_FLUSH : isLast ? Z_FINISH : Z_SYNC_FLUSH;
    const int result = deflate(&z, flush);
    if (result != (flush == Z_FINISH ? Z_STREAM_END : Z_OK) || z.avail_in || !z.avail_out)
      throw internalError("a gzip block does not fit its buffer");
  }
  return {static_cast<std::size_t>(kOutput - z.avail_out), crc32(0, bytef(first), static_cast<uInt>(length))};
}

void GzipWriter::emit(std::span<const std::byte> bytes) {
  file_.write(written_, bytes);
  writeback_.wrote(file_, written_, static_cast<std::int64_t>(bytes.size()));
  written_ += static_cast<std::int64_t>(bytes.size());
}

void GzipWriter::emitTrailer() {
  std::array<std::byte, 8> trailer;
  for (int k = 0; k < 4; ++k) {
    trailer[k] = static_cast<std::byte>(crc_ >> (8 * k));
    trailer[k + 4] = static_cast<std::byte>(bytes_ >> (8 * k));
  }
  emit(trailer);
}

}  // namespace voxline
