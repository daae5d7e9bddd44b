// Included by kernel files after begin_kernel.h, in its namespaces. Values of a cubic B-spline, whose coefficients are
// mirrored at the ends of every axis. Sums run over the second axis, then the third, then the first.
#pragma once

#include "kernels/placed_voxels.h"
#include "kernels/point_rows.h"
#include "kernels/resample_rows.h"

template <class T>
struct FourOf {
  typedef T type __attribute__((vector_size(4 * sizeof(T))));
};
template <class T>
using Four = typename FourOf<T>::type;

// The four coefficients along an axis that make a value: where they lie, as held, and their weights.
template <class T>
struct CubicTaps {
  std::int64_t at[4] = {0, 0, 0, 0};
  T weight[4] = {1, 0, 0, 0};
};

template <class T>
inline void weighCubic(double f, T& a, T& b, T& c, T& d) {
  const double g = 1 - f;
  a = static_cast<T>(g * g * g * (1.0 / 6));
  b = static_cast<T>(2.0 / 3 - f * f * (1 - 0.5 * f));
  c = static_cast<T>(2.0 / 3 - g * g * (1 - 0.5 * g));
  d = static_cast<T>(f * f * f * (1.0 / 6));
}

inline std::int64_t mirrored(std::int64_t i, std::int64_t n) {
  if (i >= 0 && i < n) return i;
  const std::int64_t period = 2 * n - 2, at = ((i % period) + period) % period;
  return at < n ? at : period - at;
}

template <class T>
inline CubicTaps<T> cubicTapsOf(const SourceAxis& axis, double c) {
  CubicTaps<T> taps;
  if (axis.extent == 1) return taps;
  const std::int64_t floor = floorOf(c);
  for (int t = 0; t < 4; ++t)
    taps.at[t] = clampedTo(mirrored(floor - 1 + t, axis.extent), axis.held) - axis.held.begin;
  weighCubic(c - static_cast<double>(floor), taps.weight[0], taps.weight[1], taps.weight[2], taps.weight[3]);
  return taps;
}

// `four` gives the coefficients along the first axis for a tap of the second and of the third.
template <class T, class F>
inline T cubicSum(const T* x, const T* y, const T* z, F four) {
  Four<T> sum{};
  for (int k = 0; k < 4; ++k) {
    Four<T> plane = four(0, k) * y[0];
    for (int j = 1; j < 4; ++j) plane += four(j, k) * y[j];
    sum += plane * z[k];
  }
  return ((sum[0] * x[0] + sum[1] * x[1]) + sum[2] * x[2]) + sum[3] * x[3];
}

// One voxel anywhere inside the volume, at coordinates along its axes; `from` is where the coefficients held begin.
template <class T>
inline T cubicAt(const Source& source, const std::byte* from, const double* at) {
  CubicTaps<T> taps[3];
  for (int k = 0; k < 3; ++k) taps[k] = cubicTapsOf<T>(source.axes[k], at[k]);
  const auto four = [&](int j, int k) {
    const std::byte* line =
        from + taps[1].at[j] * source.axes[1].stride + taps[2].at[k] * source.axes[2].stride;
    Four<T> values{};
    for (int t = 0; t < 4; ++t) values[t] = get<T>(line + taps[0].at[t] * source.axes[0].stride);
    return values;
  };
  return canonical(cubicSum(taps[0].weight, taps[1].weight, taps[2].weight, four));
}
