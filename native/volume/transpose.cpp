#include "volume/transpose.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/stream_copy.h"

namespace voxline {

namespace {

template <class T>
inline constexpr int kLanes = 16 / static_cast<int>(sizeof(T));

template <class T>
using Vector [[gnu::vector_size(16)]] = T;

template <class T, int... K>
void interleave(Vector<T> a, Vector<T> b, Vector<T>& low, Vector<T>& high, std::integer_sequence<int, K...>) {
  constexpr int n = kLanes<T>;
  low = __builtin_shufflevector(a, b, (K % 2 * n + K / 2)...);
  high = __builtin_shufflevector(a, b, (K % 2 * n + n / 2 + K / 2)...);
}

// A square of one vector each way: interleaving the rows of its two halves log2(lanes) times transposes it.
template <class T>
void transposeSquare(const std::byte* from, std::int64_t fromStride, T* to, std::int64_t toRow) {
  constexpr int n = kLanes<T>;
  Vector<T> rows[n], mixed[n];
  for (int k = 0; k < n; ++k) std::memcpy(&rows[k], from + k * fromStride, 16);
  for (int step = 1; step < n; step *= 2) {
    for (int k = 0; k < n / 2; ++k)
      interleave<T>(rows[k], rows[k + n / 2], mixed[2 * k], mixed[2 * k + 1],
                    std::make_integer_sequence<int, n>{});
    for (int k = 0; k < n; ++k) rows[k] = mixed[k];
  }
  for (int k = 0; k < n; ++k) std::memcpy(to + k * toRow, &rows[k], 16);
}

template <class T>
void transposeScalars(const std::byte* from, std::int64_t fromStride, T* to, std::int64_t toRow,
                      std::int64_t countA, std::int64_t countB) {
  for (std::int64_t a = 0; a < countA; ++a)
    for (std::int64_t b = 0; b < countB; ++b)
      std::memcpy(to + b * toRow + a, from + a * fromStride + b * static_cast<std::int64_t>(sizeof(T)),
                  sizeof(T));
}

// The next rows are on their way while these are worked on: the hardware does not see where they are.
void fetch(const std::byte* from, std::int64_t stride, std::int64_t rows, std::int64_t bytes) {
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t byte = 0; byte < bytes; byte += static_cast<std::int64_t>(kCacheLine))
      __builtin_prefetch(from + row * stride + byte, 0, 3);
}

// Tiles of one cache line of the target by some of the source. They go through a buffer, so that lines of cache are read and written
// whole even where strides are powers of two and all rows fall into the same few cache sets.
template <class T>
class Tiles {
 public:
  explicit Tiles(const Transposition& work) : work_(work) {
    // Rows close together come back from the second-level cache; of those far apart, more is taken at a time.
    constexpr std::int64_t page = 4096;
    sideB_ = (std::abs(work.fromStride) < page ? kNearBytes : kFarBytes) / kBytes;
    const auto line = static_cast<std::int64_t>(kCacheLine);
    streamed_ = work.streamed && reinterpret_cast<std::intptr_t>(work.to) % line == 0 && work.toStride % line == 0;
  }

  void run() {
    for (std::int64_t b = 0; b < work_.countB; b += sideB_)
      for (std::int64_t a = 0; a < work_.countA; a += kSideA)
        tile(a, b, std::min(kSideA, work_.countA - a), std::min(sideB_, work_.countB - b));
  }

 private:
  static constexpr std::int64_t kBytes = sizeof(T);
  static constexpr std::int64_t kSideA = static_cast<std::int64_t>(kCacheLine) / kBytes;
  static constexpr std::int64_t kNearBytes = 32, kFarBytes = 256;

  void tile(std::int64_t a, std::int64_t b, std::int64_t countA, std::int64_t countB) {
    constexpr std::int64_t n = kLanes<T>;
    const std::byte* from = work_.from + a * work_.fromStride + b * kBytes;
    const std::int64_t wholeA = countA / n * n, wholeB = countB / n * n;
    const std::int64_t rowsAhead = std::min(kSideA, work_.countA - a - countA);
    if (rowsAhead > 0) fetch(from + countA * work_.fromStride, work_.fromStride, rowsAhead, countB * kBytes);
    for (std::int64_t i = 0; i < wholeA; i += n)
      for (std::int64_t j = 0; j < wholeB; j += n)
        transposeSquare<T>(from + i * work_.fromStride + j * kBytes, work_.fromStride, buffer_ + j * kSideA + i, kSideA);
    if (wholeB < countB)
      transposeScalars<T>(from + wholeB * kBytes, work_.fromStride, buffer_ + wholeB * kSideA, kSideA, wholeA, countB - wholeB);
    if (wholeA < countA)
      transposeScalars<T>(from + wholeA * work_.fromStride, work_.fromStride, buffer_ + wholeA, kSideA, countA - wholeA, countB);
    write(work_.to + b * work_.toStride + a * kBytes, countA, countB);
  }

  void write(std::byte* to, std::int64_t countA, std::int64_t countB) const {
    if (countA == kSideA && streamed_) return streamLines(to, work_.toStride, buffer_, countB);
    if (countA == kSideA) {
      for (std::int64_t j = 0; j < countB; ++j) std::memcpy(to + j * work_.toStride, buffer_ + j * kSideA, kCacheLine);
      return;
    }
    for (std::int64_t j = 0; j < countB; ++j)
      std::memcpy(to + j * work_.toStride, buffer_ + j * kSideA, static_cast<std::size_t>(countA * kBytes));
  }

  const Transposition& work_;
  std::int64_t sideB_;
  bool streamed_;
  alignas(64) T buffer_[kSideA * kFarBytes / kBytes];
};

}  // namespace

void transpose(const Transposition& work, std::int64_t elementBytes) {
  switch (elementBytes) {
    case 1:
      return Tiles<std::uint8_t>(work).run();
    case 2:
      return Tiles<std::uint16_t>(work).run();
    case 4:
      return Tiles<std::uint32_t>(work).run();
    default:
      return Tiles<std::uint64_t>(work).run();
  }
}

}  // namespace voxline
