// Included by kernel files after begin_kernel.h, in its namespaces. Least or greatest voxels: whatever the order of comparisons, the
// result is the same.
#pragma once

template <bool Greatest, class V>
inline V better(V a, V b) {
  if constexpr (Greatest) return maximum(a, b);
  else return minimum(a, b);
}

// Best of the 2 * radius + 1 voxels around each voxel of a row. Wide windows are made of two overlapping ones of 2^k voxels, which are
// made of two of 2^(k - 1) each. `buffer` has room for n + 2 * radius + kRowSlack voxels.
template <bool Greatest, class T>
inline void bestAlongRow(std::int64_t radius, const T* in, T* out, std::int64_t n, T* buffer) {
  constexpr std::int64_t lanes = kLanes<T>;
  const std::int64_t width = 2 * radius + 1;
  if (width < 8) {
    for (std::int64_t x = 0; x < n; x += lanes) {
      Vector<T> best = load(in + x);
      for (std::int64_t k = 1; k <= radius; ++k)
        best = better<Greatest>(best, better<Greatest>(load(in + x - k), load(in + x + k)));
      store(out + x, best);
    }
    return;
  }
  // buffer[i] is the best of the `made` voxels from in[i - radius]; i ends where they would reach beyond the last window.
  const T* first = in - radius;
  const std::int64_t span = n + width - 1;
  std::int64_t made = 4;
  for (std::int64_t i = 0; i <= span - made; i += lanes)
    store(buffer + i, better<Greatest>(better<Greatest>(load(first + i), load(first + i + 1)),
                                       better<Greatest>(load(first + i + 2), load(first + i + 3))));
  for (; 2 * made <= width; made *= 2)
    for (std::int64_t i = 0; i <= span - 2 * made; i += lanes)
      store(buffer + i, better<Greatest>(load(buffer + i), load(buffer + i + made)));
  for (std::int64_t x = 0; x < n; x += lanes)
    store(out + x, better<Greatest>(load(buffer + x), load(buffer + x + width - made)));
}
