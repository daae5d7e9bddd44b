// Included by kernel files after begin_kernel.h, in its namespaces; straight-line as exponential.h.
#pragma once

#include "kernels/exponential.h"

// x = 2^exponent * mantissa with sqrt(1/2) ≤ mantissa < sqrt(2), for finite x > 0; anything for others.
struct Parts {
  double exponent, mantissa;
};

inline Parts partsOf(double x) {
  constexpr std::uint64_t one = std::uint64_t{1023} << 52, rootOfHalf = 0x3fe6a09e667f3bcd;
  const bool isDenormal = x < 0x1p-1022;
  const std::uint64_t bits = bitCast<std::uint64_t>(isDenormal ? x * 0x1p54 : x);
  const std::uint64_t biased = (bits - rootOfHalf + one) >> 52;  // exponent + 1023
  const double exponent = bitCast<double>(biased | bitCast<std::uint64_t>(0x1p52)) - (0x1p52 + 1023);
  return {isDenormal ? exponent - 54 : exponent, bitCast<double>(bits - (biased << 52) + one)};
}

// What the logarithm of 0, of an infinity, of negatives and of NaN is, over the value of others.
inline double withLimits(double x, double logarithm) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double positive = x < infinity ? logarithm : x;  // infinities and NaN stay
  const double signless = x == 0 ? -infinity : positive;
  return x < 0 ? std::numeric_limits<double>::quiet_NaN() : signless;
}

// Natural logarithm within 1 ulp: with m = 1 + f and s = f / (2 + f), log m = 2 atanh s = f - f²/2 + s (f²/2 + 2s²/3 + 2s⁴/5 + …),
// which keeps f whole.
inline double logarithmOf(double x) {
  const auto [k, m] = partsOf(x);
  const double f = m - 1, s = f / (2 + f), z = s * s, half = 0.5 * f * f;
  const double series = z * polynomial(z, 2. / 3, 2. / 5, 2. / 7, 2. / 9, 2. / 11, 2. / 13, 2. / 15, 2. / 17, 2. / 19, 2. / 21);
  return withLimits(x, k * kLn2High - ((half - (s * (half + series) + k * kLn2Low)) - f));
}

// Within 2^-40 (relative).
inline double roughLogarithm(double x) {
  const auto [k, m] = partsOf(x);
  const double f = m - 1, s = f / (2 + f), z = s * s;
  const double series = polynomial(z, 2., 2. / 3, 2. / 5, 2. / 7, 2. / 9, 2. / 11, 2. / 13, 2. / 15);
  return withLimits(x, k * (kLn2High + kLn2Low) + s * series);
}

inline float logarithmOf(float x) { return static_cast<float>(roughLogarithm(x)); }
