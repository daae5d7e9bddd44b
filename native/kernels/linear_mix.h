// Included by kernel files after begin_kernel.h, in its namespaces. Linear interpolation between neighbours that
// are clamped to the volume, in float or double: a neighbour of weight 0 takes no part.
#pragma once

#include "kernels/point_rows.h"
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
  Taps<R> taps{clampedTo(floor, all), clampedTo(floor + 1, all),
               static_cast<R>(c - static_cast<double>(floor))};
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

// Voxels of a row that are worked on together.
inline constexpr std::int64_t kMixed = 64;

// What voxels are mixed in.
template <class T>
using RealOf = std::conditional_t<std::is_same_v<T, double>, double, float>;

template <class T>
inline constexpr bool kIsFinite = std::is_integral_v<T>;

template <class T>
inline T storedAs(RealOf<T> value) {
  if constexpr (std::is_integral_v<T>) return roundedTo<T>(value);
  else return canonical(value);
}

// One voxel anywhere inside the volume, at coordinates along its axes; `from` is where the voxels held begin.
template <class T>
[[gnu::noinline]] inline T linearAt(const Source& source, const std::byte* from, const double* at) {
  using R = RealOf<T>;
  Taps<R> taps[3];
  for (int k = 0; k < 3; ++k) taps[k] = tapsOf<R>(source.axes[k], at[k]);
  const auto voxel = [&](std::int64_t x, std::int64_t y, std::int64_t z) {
    const std::int64_t index[3] = {x, y, z};
    const std::byte* found = from;
    for (int k = 0; k < 3; ++k) found += (index[k] - source.axes[k].held.begin) * source.axes[k].stride;
    return static_cast<R>(get<T>(found));
  };
  const auto alongX = [&](std::int64_t y, std::int64_t z) {
    return mixed<false>(voxel(taps[0].a, y, z), voxel(taps[0].b, y, z), taps[0].f);
  };
  const auto alongY = [&](std::int64_t z) {
    return mixed<false>(alongX(taps[1].a, z), alongX(taps[1].b, z), taps[1].f);
  };
  return storedAs<T>(mixed<false>(alongY(taps[2].a), alongY(taps[2].b), taps[2].f));
}

// Along an axis that varies in a row, at positions with both neighbours: where the first one lies, in bytes from voxel 0, is added to
// `offsets`, and the second one's weight given.
template <class R>
[[gnu::noinline]] inline void placeAlong(const SourceAxis& axis, double base, double first, double* offsets,
                                         R* f, std::int64_t n) {
  const double step = axis.step[0], stride = static_cast<double>(axis.stride);
#pragma GCC ivdep
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(n); ++i) {
    const double c = step * (first + static_cast<double>(i)) + base;
    const double floor = static_cast<double>(static_cast<std::int32_t>(c));
    f[i] = static_cast<R>(c - floor);
    offsets[i] += floor * stride;
  }
}
