// Included by kernel files after begin_kernel.h, in its namespaces.

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
