// Included by kernel files after begin_kernel.h, in its namespaces. Neighbours in squares: two side by
// side along the first axis and two in the row beside them, fetched together so that little is stored.
#pragma once

#include "kernels/linear_mix.h"
#include "kernels/placed_voxels.h"

template <std::size_t Bytes>
using UnsignedOf = std::conditional_t<Bytes == 2, std::uint16_t,
                                      std::conditional_t<Bytes == 4, std::uint32_t, std::uint64_t>>;

// How a square of voxels lies in memory: small ones in 32-bit words, two bytes or two voxels of 16 bits in each half.
template <class T>
struct Square {
  static constexpr bool isSmall = sizeof(T) <= 2;
  static constexpr int bits = 8 * static_cast<int>(sizeof(T));
  using Cell = std::conditional_t<isSmall, std::uint32_t, T>;
  static constexpr int cells = isSmall ? static_cast<int>(sizeof(T)) : 4;  // per square

  // Voxels at `near` and `far`, each with the next one `step` bytes on.
  static void fetch(const std::byte* near, const std::byte* far, std::ptrdiff_t step, Cell* to) {
    if constexpr (isSmall) {
      using Word = UnsignedOf<4 * sizeof(T)>;
      const Word word = static_cast<Word>(pair(near, step)) | static_cast<Word>(pair(far, step)) << 2 * bits;
      std::memcpy(to, &word, sizeof word);
    } else if (step == sizeof(T)) {
      std::memcpy(to, near, 2 * sizeof(T));
      std::memcpy(to + 2, far, 2 * sizeof(T));
    } else {
      const T voxels[4] = {get<T>(near), get<T>(near + step), get<T>(far), get<T>(far + step)};
      std::memcpy(to, voxels, sizeof voxels);
    }
  }

  // Mixed along the first axis, then across.
  template <class R>
  static R mix(const Cell* cells, std::int64_t i, R along, R across) {
    constexpr bool finite = std::is_integral_v<T>;
    R near, far;
    if constexpr (sizeof(T) == 1) {
      const std::uint32_t word = cells[i];
      near = mixed<finite>(byte<R>(word), byte<R>(word >> 8), along);
      far = mixed<finite>(byte<R>(word >> 16), byte<R>(word >> 24), along);
    } else if constexpr (sizeof(T) == 2) {
      near = mixed<finite>(lower<R>(cells[2 * i]), upper<R>(cells[2 * i]), along);
      far = mixed<finite>(lower<R>(cells[2 * i + 1]), upper<R>(cells[2 * i + 1]), along);
    } else {
      near = mixed<finite>(cells[4 * i], cells[4 * i + 1], along);
      far = mixed<finite>(cells[4 * i + 2], cells[4 * i + 3], along);
    }
    return mixed<finite>(near, far, across);
  }

 private:
  static UnsignedOf<2 * sizeof(T)> pair(const std::byte* at, std::ptrdiff_t step) {
    using Pair = UnsignedOf<2 * sizeof(T)>;
    if (step == sizeof(T)) return get<Pair>(at);
    return static_cast<Pair>(bitsOf(at) | bitsOf(at + step) << bits);
  }

  static std::uint32_t bitsOf(const std::byte* at) { return get<std::make_unsigned_t<T>>(at); }

  template <class R>
  static R byte(std::uint32_t word) {
    return static_cast<R>(static_cast<std::int32_t>(word & 0xff));
  }
  template <class R>
  static R lower(std::uint32_t word) {
    if constexpr (std::is_signed_v<T>) return static_cast<R>(static_cast<std::int32_t>(word << 16) >> 16);
    else return static_cast<R>(static_cast<std::int32_t>(word & 0xffff));
  }
  template <class R>
  static R upper(std::uint32_t word) {
    if constexpr (std::is_signed_v<T>) return static_cast<R>(static_cast<std::int32_t>(word) >> 16);
    else return static_cast<R>(static_cast<std::int32_t>(word >> 16));
  }
};

// What is worked out of voxels that are mixed together.
template <class T>
struct alignas(64) MixChunk {
  double place[kMixed];
  std::int64_t offset[kMixed];
  RealOf<T> f[3][kMixed];
  typename Square<T>::Cell squares[2][Square<T>::cells * kMixed];
  T out[kMixed];
};

// Values of n voxels, whose first neighbours lie `offset` behind `first` and the corners of their squares `corners` behind that. There is
// one square where only one of the other axes counts, or none; `across` are the weights along that one, or along the second.
template <int Squares, class T>
inline void mixSquares(const std::byte* first, const std::array<std::ptrdiff_t, 4>& corners,
                       std::ptrdiff_t step, const RealOf<T>* across, std::ptrdiff_t ahead, std::int64_t n,
                       MixChunk<T>& chunk) {
  constexpr int cells = Square<T>::cells;
  for (std::int64_t i = 0; i < n; i += kAhead)
    __builtin_prefetch(first + corners[0] + ahead + chunk.offset[i]);
  for (int s = 0; s < Squares; ++s) {
    const std::byte *near = first + corners[2 * s], *far = first + corners[2 * s + 1];
    for (std::int64_t i = 0; i < n; ++i)
      Square<T>::fetch(near + chunk.offset[i], far + chunk.offset[i], step, chunk.squares[s] + cells * i);
  }
  const RealOf<T>*fx = chunk.f[0], *fz = chunk.f[2];
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) {
    RealOf<T> value = Square<T>::mix(chunk.squares[0], i, fx[i], across[i]);
    if constexpr (Squares == 2)
      value = mixed<kIsFinite<T>>(value, Square<T>::mix(chunk.squares[1], i, fx[i], across[i]), fz[i]);
    chunk.out[i] = storedAs<T>(value);
  }
}
