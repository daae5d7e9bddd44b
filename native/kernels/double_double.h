// Included by kernel files after begin_kernel.h, in its namespaces. Unevaluated sums of two float64: |low| ≤ half an ulp of high,
// about 106 bits (Dekker 1971, Knuth 4.2.2).
#pragma once

struct Double2 {
  double high, low;
};

// The sum and its exact error.
inline Double2 sumOf(double a, double b) {
  const double sum = a + b, part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}
// The same for |a| ≥ |b| or a = 0.
inline Double2 orderedSum(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

// The product and its exact error, where nothing overflows or underflows on the way: halves of 26 bits.
inline Double2 productOf(double a, double b) {
  constexpr double splitter = 134217729;
  const double wideA = a * splitter, wideB = b * splitter;
  const double highA = wideA - (wideA - a), highB = wideB - (wideB - b);
  const double lowA = a - highA, lowB = b - highB;
  const double product = a * b;
  return {product, ((highA * highB - product) + highA * lowB + lowA * highB) + lowA * lowB};
}

inline Double2 operator*(Double2 a, Double2 b) {
  const Double2 product = productOf(a.high, b.high);
  return orderedSum(product.high, product.low + (a.high * b.low + a.low * b.high));
}
inline Double2 operator*(Double2 a, double b) {
  const Double2 product = productOf(a.high, b);
  return orderedSum(product.high, product.low + a.low * b);
}

// a / b
inline Double2 quotientOf(double a, Double2 b) {
  const double quotient = a / b.high;
  const Double2 product = productOf(quotient, b.high);
  const double rest = ((a - product.high) - product.low) - quotient * b.low;
  return orderedSum(quotient, rest / b.high);
}
