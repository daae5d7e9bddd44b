// Included by kernel files after begin_kernel.h, in its namespaces. Linear interpolation between neighbours that
// are clamped to the volume, in float or double: a neighbour of weight 0 takes no part.
#pragma once

#include "kernels/resample_rows.h"

// The two neighbours of a position along an axis and the weight of the second; both are one where only one counts.
template <class R>
struct Taps {
  std::int64_t a = 0, b = 0;
  R f = 0;
};

template <class R>
[[gnu::noinline]] inline Taps<R> tapsOf(const SourceAxis& axis, double c) {
  const std::int64_t floor = floorOf(c);
  const Interval all{0, axis.extent};
  Taps<R> taps{clampedTo(floor, all), clampedTo(floor + 1, all), static_cast<R>(c - static_cast<double>(floor))};
  if (taps.a == taps.b) taps.f = 0;
  taps.a = clampedTo(taps.a, axis.held);
  taps.b = taps.f == 0 ? taps.a : clampedTo(taps.b, axis.held);
  return taps;
}

// Of finite values a neighbour of weight 0 changes nothing by itself.
template <bool Finite, class R>
inline R mixed(R a, R b, R f) {
  const R value = a + (b - a) * f;
  if constexpr (Finite) return value;
  else return f == 0 ? a : value;
}

// Along an axis that varies in a row, at positions with both neighbours: where the first one lies, in bytes from voxel 0, is added to
// `offsets`, and the second one's weight given.
template <class R>
[[gnu::noinline]] inline void placeAlong(const SourceAxis& axis, double base, double first, double* offsets, R* f,
                                         std::int64_t n) {
  const double step = axis.step[0], stride = static_cast<double>(axis.stride);
#pragma GCC ivdep
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(n); ++i) {
    const double c = step * (first + static_cast<double>(i)) + base;
    const double floor = static_cast<double>(static_cast<std::int32_t>(c));
    f[i] = static_cast<R>(c - floor);
    offsets[i] += floor * stride;
  }
}
