#include "io/inflate_stream.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "io/spans.h"
#include "io/zlib_memory.h"

namespace voxline {

namespace {

constexpr std::size_t kInputBytes = 128 << 10;
constexpr std::size_t kDiscardBytes = 128 << 10;
// What zlib takes for a decoder, and a little more.
constexpr std::size_t kDecoderBytes = 48 << 10;
constexpr std::int64_t kLeastSpacing = 4 << 20;
constexpr std::int64_t kMostStates = 64;
// Bytes after the wanted ones that are decoded only to reach a member's CRC: beyond them the stream is not
// what its header says.
constexpr std::int64_t kMostTrailing = 64 << 20;

Error noMemory() { return {Code::Memory, "no memory for a decoder", {{"bytes", 65536.0}}}; }

// As zlib wants to be told: the largest window, in a gzip or a zlib wrapping.
int windowBits(bool isGzip) { return isGzip ? 15 + 16 : 15; }

}  // namespace

// RFC 1950 and 1952.
struct InflateStream::Decoder {
  z_stream z{};

  explicit Decoder(bool isGzip) {
    countMemoryOf(z);
    if (inflateInit2(&z, windowBits(isGzip)) != Z_OK) throw noMemory();
  }
  explicit Decoder(Decoder& other) {
    if (inflateCopy(&z, &other.z) != Z_OK) throw noMemory();
    z.next_in = nullptr;
    z.avail_in = 0;
  }
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { inflateEnd(&z); }
};

struct InflateStream::State {
  std::int64_t position;
  std::int64_t fileOffset;
  bool inMember;
  std::unique_ptr<Decoder> decoder;
};

InflateStream::InflateStream(File file, Compression compression, std::int64_t start, std::int64_t bytes)
    : file_(std::move(file)),
      isGzip_(compression == Compression::Gzip),
      start_(start),
      input_(allocate(kInputBytes, Fill::None)),
      decoder_(std::make_unique<Decoder>(isGzip_)),
      fileOffset_(start),
      spacing_(std::max(kLeastSpacing, bytes / kMostStates)) {}

InflateStream::~InflateStream() = default;

std::size_t InflateStream::memory() { return kInputBytes + kDiscardBytes + kDecoderBytes; }

Error InflateStream::damaged(const std::string& what) const {
  const auto offset = fileOffset_ - static_cast<std::int64_t>(decoder_->z.avail_in);
  const std::string field = isGzip_ ? "gzip stream" : "zlib stream";
  return {Code::Format,
          file_.path() + ": " + field + " at byte " + std::to_string(offset) + ": " + what,
          {{"path", file_.path()}, {"field", field}, {"offset", static_cast<double>(offset)}}};
}

// Keeps what is still unread in front. False at the end of the file.
bool InflateStream::refill() {
  z_stream& z = decoder_->z;
  std::byte* buffer = input_->data();
  const std::size_t kept = z.avail_in;
  if (kept) std::memmove(buffer, z.next_in, kept);
  const std::size_t read = file_.readUpTo(fileOffset_, {buffer + kept, kInputBytes - kept});
  fileOffset_ += static_cast<std::int64_t>(read);
  z.next_in = reinterpret_cast<Bytef*>(buffer);
  z.avail_in = static_cast<uInt>(kept + read);
  return read > 0;
}

// At the start of the stream or after a member. False when no further member follows: what does is zeros or
// garbage.
bool InflateStream::startMember() {
  z_stream& z = decoder_->z;
  while (z.avail_in < 2 && refill()) {
  }
  const bool isFirst = fileOffset_ - static_cast<std::int64_t>(z.avail_in) == start_;
  const bool isMember = z.avail_in >= 2 && (!isGzip_ || (z.next_in[0] == 0x1f && z.next_in[1] == 0x8b));
  if (isFirst && !isMember) throw damaged("the data does not begin with one");
  if (!isMember || !(isFirst || isGzip_)) return false;
  if (inflateReset2(&z, windowBits(isGzip_)) != Z_OK) throw internalError("the decoder cannot be reset");
  inMember_ = true;
  return true;
}

// At least one byte, or none at the end of the member or of the last member.
std::size_t InflateStream::decode(std::span<std::byte> to, bool acrossMembers) {
  z_stream& z = decoder_->z;
  z.next_out = reinterpret_cast<Bytef*>(to.data());
  z.avail_out = static_cast<uInt>(to.size());
  while (z.avail_out == to.size()) {
    if (!inMember_ && !(acrossMembers && startMember())) return 0;
    if (z.avail_in == 0 && !refill()) throw damaged("the file ends within the stream");
    const int result = inflate(&z, Z_NO_FLUSH);
    if (result == Z_STREAM_END) inMember_ = false;
    else if (result == Z_MEM_ERROR) throw noMemory();
    else if (result != Z_OK && result != Z_BUF_ERROR) throw damaged(z.msg ? z.msg : "invalid data");
  }
  return to.size() - z.avail_out;
}

void InflateStream::read(std::span<std::byte> to) {
  isBroken_ = true;
  while (!to.empty()) {
    const std::size_t n = decode(to, true);
    if (n == 0)
      throw damaged("it holds " + std::to_string(position_) + " bytes, and at least " +
                    std::to_string(to.size()) + " more are needed");
    position_ += static_cast<std::int64_t>(n);
    to = to.subspan(n);
  }
  isBroken_ = false;
  keepState();
}

void InflateStream::seek(std::int64_t position, const std::atomic<bool>& stop) {
  if (isBroken_ || position < position_) {
    keepsStates_ = keepsStates_ || position_ > spacing_;
    restore(position);
  } else if (!states_.empty() && states_.back().position > position_) {
    restore(position);
  }
  if (position_ < position && !discarded_) discarded_ = allocate(kDiscardBytes, Fill::None);
  while (position_ < position) {
    throwIfStopped(stop);
    const auto left = static_cast<std::size_t>(position - position_);
    read({discarded_->data(), std::min(left, kDiscardBytes)});
  }
}

void InflateStream::finishMember(const std::atomic<bool>& stop) {
  if (!discarded_) discarded_ = allocate(kDiscardBytes, Fill::None);
  const std::int64_t most = position_ + kMostTrailing;
  isBroken_ = true;
  while (inMember_ && position_ < most) {
    throwIfStopped(stop);
    position_ += static_cast<std::int64_t>(decode({discarded_->data(), kDiscardBytes}, false));
  }
  isBroken_ = false;
}

// The kept state nearest before `position`, unless the present one is nearer.
void InflateStream::restore(std::int64_t position) {
  auto next = std::upper_bound(states_.begin(), states_.end(), position,
                               [](std::int64_t p, const State& state) { return p < state.position; });
  const bool isUsable = !isBroken_ && position_ <= position;
  const std::int64_t nearest = next == states_.begin() ? 0 : std::prev(next)->position;
  if (isUsable && position_ >= nearest) return;
  if (next == states_.begin()) {
    decoder_ = std::make_unique<Decoder>(isGzip_);
    position_ = 0;
    fileOffset_ = start_;
    inMember_ = false;
  } else {
    const State& state = *std::prev(next);
    decoder_ = std::make_unique<Decoder>(*state.decoder);
    position_ = state.position;
    fileOffset_ = state.fileOffset;
    inMember_ = state.inMember;
  }
  isBroken_ = false;
}

void InflateStream::keepState() {
  if (!keepsStates_ || position_ < (states_.empty() ? 0 : states_.back().position) + spacing_) return;
  const auto offset = fileOffset_ - static_cast<std::int64_t>(decoder_->z.avail_in);
  states_.push_back({position_, offset, inMember_, std::make_unique<Decoder>(*decoder_)});
}

}  // namespace voxline
