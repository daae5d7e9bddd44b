// Included by kernel files after begin_kernel.h, in its namespaces: e^x of x <= 0, to 2 ulp, the same bits at every level.
#pragma once

template <class T>
struct DecayNumbers;

// e^r - 1 - r over r^2, r within half of ln 2: the polynomial through the Chebyshev nodes. ln 2 in two parts, the first with few bits.
template <>
struct DecayNumbers<float> {
  using Bits = std::uint32_t;
  static constexpr float ln2High = 0.693359375f, ln2Low = -2.1219444005469057e-4f;
  static constexpr float whole = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer, found in the last bits
  static constexpr int mantissa = 23;
  static constexpr Bits bias = 127;
  static constexpr float least = -87.0f;
  static constexpr float c[] = {0.5f, 0.16666576921985687f, 0.04166655453261615f, 0.00836319032556684f, 0.001392619766936953f};
};

template <>
struct DecayNumbers<double> {
  using Bits = std::uint64_t;
  static constexpr double ln2High = 0.6931471803691238, ln2Low = 1.9082149293851713e-10;
  static constexpr double whole = 6755399441055744.0;  // 1.5 * 2^52
  static constexpr int mantissa = 52;
  static constexpr Bits bias = 1023;
  static constexpr double least = -708.0;
  static constexpr double c[] = {0.5,
                                 0.16666666666666669,
                                 0.04166666666662405,
                                 0.008333333333330098,
                                 0.0013888888917249736,
                                 0.00019841269863020292,
                                 2.4801521240866016e-05,
                                 2.755726844455966e-06,
                                 2.7620114340911084e-07,
                                 2.510040535784353e-08};
};

// Straight-line code: a loop over the coefficients need not be unrolled.
template <class T, std::size_t K = 0>
inline Vector<T> decaySeries(Vector<T> r) {
  using N = DecayNumbers<T>;
  if constexpr (K + 1 == sizeof(N::c) / sizeof(T)) return splat(N::c[K]);
  else return decaySeries<T, K + 1>(r) * r + splat(N::c[K]);
}

// 0 where e^x is smaller than any normal number nearly; NaN stays.
template <class T>
inline Vector<T> decay(Vector<T> x) {
  using N = DecayNumbers<T>;
  using Bits = Vector<typename N::Bits>;
  constexpr T log2e = static_cast<T>(1.4426950408889634);
  const auto isFar = x < splat(N::least);
  const Vector<T> near = isFar ? splat(N::least) : x;
  const Vector<T> shifted = near * splat(log2e) + splat(N::whole);
  const Vector<T> n = shifted - splat(N::whole);
  const Vector<T> r = (near - n * splat(N::ln2High)) - n * splat(N::ln2Low);
  const Vector<T> power = (Vector<T>)(((Bits)shifted << N::mantissa) + splat<typename N::Bits>(N::bias << N::mantissa));
  const Vector<T> value = ((decaySeries<T>(r) * r) * r + r) + splat(T{1});
  return isFar ? Vector<T>{} : value * power;
}
