// Included by kernel files after begin_kernel.h, in its namespaces.
#pragma once

// out[i] = f(in[i]) over a row and nothing beyond it: point kernels also run straight on volumes, which have
// no slack.
template <class In, class Out, class F>
inline void mapRow(const In* in, Out* out, std::int64_t n, F f) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) out[i] = f(in[i]);
}

// NaN of any sign and payload becomes the positive quiet NaN.
template <class T>
inline T canonical(T x) {
  return x == x ? x : std::numeric_limits<T>::quiet_NaN();
}

// out[i] = f(a[i], b[i]), or f(a[i], b) with one value where there is no second row.
template <class In, class Out, class F>
inline void joinRows(const In* a, const In* row, In value, Out* out, std::int64_t n, F f) {
  if (!row) return mapRow(a, out, n, [=](In x) { return f(x, value); });
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) out[i] = f(a[i], row[i]);
}
