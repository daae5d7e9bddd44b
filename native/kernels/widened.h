// Included by kernel files after begin_kernel.h, in its namespaces.
#pragma once

// As many voxels as there are lanes of float64, as float64.
template <class T>
inline Vector<double> widened(const T* p) {
  typedef T Narrow __attribute__((vector_size(sizeof(T) * kLanes<double>), aligned(alignof(T)), may_alias));
  return __builtin_convertvector(*reinterpret_cast<const Narrow*>(p), Vector<double>);
}
