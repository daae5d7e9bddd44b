// Included by kernel files after begin_kernel.h, in its namespaces. Straight-line: lanes take the same steps whatever they hold,
// so loops over these functions vectorise.
#pragma once

#include "kernels/rounding.h"

// c0 + x (c1 + x (c2 + …))
template <class... C>
inline double polynomial(double x, double first, C... rest) {
  if constexpr (sizeof...(rest) == 0) return first;
  else return first + x * polynomial(x, rest...);
}

// ln 2 in two parts: the first has 41 bits, so that its products with exponents are exact.
inline constexpr double kLn2High = 0x1.62e42fefa4000p-1, kLn2Low = -0x1.8432a1b0e2634p-43;
inline constexpr double kLog2E = 0x1.71547652b82fep+0;

// For whole k from -1022 to 1023.
inline double powerOfTwo(double k) {
  return bitCast<double>((bitCast<std::uint64_t>(k + kLowBits<double>) << 52) + (std::uint64_t{1023} << 52));
}

inline double nearestWhole(double x) { return (x + kLowBits<double>) - kLowBits<double>; }

// e^(x + low), |low| ≤ 1 ulp of x, within 1 ulp (2 where the result is denormal). With x = k ln 2 + r, |r| ≤ ln 2 / 2, it is
// 2^k e^r by Taylor's series; what r loses in rounding is carried along.
inline double exponential(double x, double low) {
  x = x > 720 ? 720 : x;
  x = x < -760 ? -760 : x;
  const double k = nearestWhole(x * kLog2E);
  const double head = x - k * kLn2High, tail = k * kLn2Low - low;
  const double r = head - tail, rest = (head - r) - tail;
  const double series = polynomial(r, 1. / 2, 1. / 6, 1. / 24, 1. / 120, 1. / 720, 1. / 5040, 1. / 40320, 1. / 362880,
                                   1. / 3628800, 1. / 39916800, 1. / 479001600, 1. / 6227020800);
  const double power = 1 + (r + (r * r * series + (rest + rest * r)));
  // In two steps: 2^k alone may lie beyond the numbers.
  const double half = nearestWhole(k * 0.5);
  return power * powerOfTwo(half) * powerOfTwo(k - half);
}

// Within 2^-31 of e^x, for |x| < 700: to be rounded to float32.
inline double roughExponential(double x) {
  const double k = nearestWhole(x * kLog2E), r = (x - k * kLn2High) - k * kLn2Low;
  return polynomial(r, 1, 1, 1. / 2, 1. / 6, 1. / 24, 1. / 120, 1. / 720, 1. / 5040, 1. / 40320) * powerOfTwo(k);
}

inline double exponentialOf(double x) { return exponential(x, 0); }
inline float exponentialOf(float x) {
  const float capped = x > 100 ? 100 : x;
  return static_cast<float>(roughExponential(capped < -120 ? -120 : capped));
}
