// Included by kernel files after begin_kernel.h, in its namespaces. No library calls: every level gives the
// same bits and every loop vectorises.
#pragma once

enum class Rounding { Nearest, Truncate, Floor };

template <class F>
inline constexpr F kWholeFrom = sizeof(F) == 4
                                    ? F(8388608.0)
                                    : F(4503599627370496.0);  // from here on there are no fractions

// Adding this to a whole number of less than 2^22 (2^51) leaves the number, in two's complement, in the low
// bits of the sum.
template <class F>
inline constexpr F kLowBits = kWholeFrom<F>* F(1.5);

template <class F>
using BitsOf = std::conditional_t<sizeof(F) == 4, std::uint32_t, std::uint64_t>;

template <class To, class From>
inline To bitCast(From from) {
  return __builtin_bit_cast(To, from);
}

// NaN and infinities stay. A sum beyond kWholeFrom has no bits left for a fraction, so it is rounded to
// nearest, ties to even.
template <Rounding R, class F>
inline F rounded(F x) {
  const F magic = std::copysign(kWholeFrom<F>, x);
  const F nearest = std::abs(x) < kWholeFrom<F> ? (x + magic) - magic : x;
  if constexpr (R == Rounding::Nearest) return nearest;
  if constexpr (R == Rounding::Truncate)
    return std::abs(nearest) > std::abs(x) ? nearest - std::copysign(F(1), x) : nearest;
  return nearest > x ? nearest - F(1) : nearest;
}

// A number that the compiler does not know: of comparisons with those it knows it makes masks, of others minima and maxima.
template <class F>
inline F opaque(F x) {
#if defined(__x86_64__)
  asm("" : "+x"(x));
#elif defined(__aarch64__)
  asm("" : "+w"(x));
#endif
  return x;
}

// To the nearest, ties to even; saturates; NaN becomes 0.
template <class Out, class In>
struct RoundedTo {
  using F = std::conditional_t<sizeof(Out) == 4, double, In>;
  F low = static_cast<F>(std::numeric_limits<Out>::min()), high = static_cast<F>(std::numeric_limits<Out>::max());

  // To be made once for a loop over rows.
  static RoundedTo forRows() {
    const RoundedTo ends;
    return {opaque(ends.low), opaque(ends.high)};
  }

  Out operator()(In x) const {
    if constexpr (sizeof(Out) == 8) {
      constexpr double end = std::is_signed_v<Out> ? 9223372036854775808.0 : 18446744073709551616.0;
      constexpr double begin = std::is_signed_v<Out> ? -end : 0;
      const double whole = rounded<Rounding::Nearest>(static_cast<double>(x));
      if (whole >= end) return std::numeric_limits<Out>::max();
      if (whole <= begin) return std::numeric_limits<Out>::min();
      return whole == whole ? static_cast<Out>(whole) : 0;
    } else {
      F value = static_cast<F>(x);
      value = value > low ? value : low;  // NaN is then low: 0 when unsigned
      value = value < high ? value : high;
      const Out whole = static_cast<Out>(bitCast<BitsOf<F>>(value + kLowBits<F>));
      if constexpr (std::is_unsigned_v<Out>) return whole;
      return x == x ? whole : Out{0};
    }
  }
};

template <class Out, class In>
inline Out roundedTo(In x) {
  return RoundedTo<Out, In>{}(x);
}

// A whole number modulo 2^64; NaN and infinities become 0.
inline std::uint64_t wrapped(double whole) {
  if (std::abs(whole) < 9223372036854775808.0)
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(whole));
  const std::uint64_t bits = bitCast<std::uint64_t>(whole);
  const int shift = static_cast<int>(bits >> 52 & 0x7ff) - 1075;
  if (shift >= 64) return 0;
  const std::uint64_t magnitude = ((bits & 0xfffffffffffff) | 0x10000000000000) << shift;
  return bits >> 63 ? 0 - magnitude : magnitude;
}
