#include "volume/transpose.h"

#include <algorithm>
#include <cstring>
#include <utility>

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

// Rows go through a buffer, so that lines of cache are read and written whole even where strides are powers
// of two and all rows fall into the same few cache sets.
template <class T>
class Tiles {
 public:
  static constexpr std::int64_t kSide = sizeof(T) <= 2 ? 64 : 32;

  void run(const std::byte* from, std::int64_t fromStride, std::byte* to, std::int64_t toStride,
           std::int64_t countA, std::int64_t countB) {
    constexpr std::int64_t n = kLanes<T>, bytes = sizeof(T);
    const std::int64_t wholeA = countA / n * n, wholeB = countB / n * n;
    for (std::int64_t a = 0; a < wholeA; a += n)
      for (std::int64_t b = 0; b < wholeB; b += n)
        transposeSquare<T>(from + a * fromStride + b * bytes, fromStride, buffer_ + b * kSide + a, kSide);
    if (wholeB < countB)
      transposeScalars<T>(from + wholeB * bytes, fromStride, buffer_ + wholeB * kSide, kSide, wholeA,
                          countB - wholeB);
    if (wholeA < countA)
      transposeScalars<T>(from + wholeA * fromStride, fromStride, buffer_ + wholeA, kSide, countA - wholeA,
                          countB);
    if (countA == kSide) {
      for (std::int64_t b = 0; b < countB; ++b)
        std::memcpy(to + b * toStride, buffer_ + b * kSide, kSide * sizeof(T));
      return;
    }
    for (std::int64_t b = 0; b < countB; ++b)
      std::memcpy(to + b * toStride, buffer_ + b * kSide, static_cast<std::size_t>(countA) * sizeof(T));
  }

 private:
  alignas(64) T buffer_[kSide * kSide];
};

template <class T>
void transposeTyped(const Transposition& work) {
  constexpr std::int64_t side = Tiles<T>::kSide, bytes = sizeof(T);
  Tiles<T> tiles;
  for (std::int64_t b = 0; b < work.countB; b += side)
    for (std::int64_t a = 0; a < work.countA; a += side)
      tiles.run(work.from + a * work.fromStride + b * bytes, work.fromStride,
                work.to + b * work.toStride + a * bytes, work.toStride, std::min(side, work.countA - a),
                std::min(side, work.countB - b));
}

}  // namespace

void transpose(const Transposition& work, std::int64_t elementBytes) {
  switch (elementBytes) {
    case 1:
      return transposeTyped<std::uint8_t>(work);
    case 2:
      return transposeTyped<std::uint16_t>(work);
    case 4:
      return transposeTyped<std::uint32_t>(work);
    default:
      return transposeTyped<std::uint64_t>(work);
  }
}

}  // namespace voxline
