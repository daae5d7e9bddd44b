// Included by kernel files after begin_kernel.h, in its namespaces.
//
// A limit is exact for every dtype: 64 bits in two words, high * 2^32 + low.
//   integer dtypes   the value in two's complement (uint64: unsigned); beyond the dtype's range it counts as beyond
//   float dtypes     the bits of the limit as float64, also for float32 volumes
// high may be written as -2^31 … 2^31 - 1 or 0 … 2^32 - 1.
#pragma once

struct Words {
  std::int64_t high = 0;
  std::uint32_t low = 0;
  std::uint64_t bits() const { return static_cast<std::uint64_t>(high) << 32 | low; }
};

template <class T>
using WideOf = std::conditional_t<std::is_same_v<T, std::uint64_t>, std::uint64_t, std::int64_t>;

// Rounded or cut to the dtype.
template <class T>
inline T valueOfWords(Words words) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(__builtin_bit_cast(double, words.bits()));
  } else {
    const auto wide = static_cast<WideOf<T>>(words.bits());
    const WideOf<T> low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
    return static_cast<T>(wide < low ? low : wide > high ? high : wide);
  }
}

// Neighbour of a float32 away from zero or towards it; not called with NaN or an infinity as result's side.
inline float neighbour(float x, bool up) {
  const std::int32_t bits = __builtin_bit_cast(std::int32_t, x);
  if (x == 0) return __builtin_bit_cast(float, up ? 1 : std::numeric_limits<std::int32_t>::min() + 1);
  return __builtin_bit_cast(float, (x > 0) == up ? bits + 1 : bits - 1);
}

// The voxels within two limits, as limits of the dtype; low > high when there are none.
template <class T>
struct Limits {
  T low, high;
};

template <class T>
inline Limits<T> bandOf(Words below, Words above) {
  Limits<T> band{valueOfWords<T>(below), valueOfWords<T>(above)};
  if constexpr (std::is_same_v<T, float>) {
    if (band.low < __builtin_bit_cast(double, below.bits())) band.low = neighbour(band.low, true);
    if (band.high > __builtin_bit_cast(double, above.bits())) band.high = neighbour(band.high, false);
  } else if constexpr (std::is_integral_v<T>) {
    const auto first = static_cast<WideOf<T>>(below.bits()), last = static_cast<WideOf<T>>(above.bits());
    if (first > static_cast<WideOf<T>>(band.low) || last < static_cast<WideOf<T>>(band.high))
      band = {std::numeric_limits<T>::max(), std::numeric_limits<T>::min()};
  }
  return band;
}
