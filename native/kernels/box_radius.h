// Included by kernel files after begin_kernel.h, in its namespaces. Half-widths of a window, one per axis.
#pragma once

template <class T>
inline std::int64_t radiusOf(T radius, int axis) {
  return static_cast<std::int64_t>(radius[axis]);
}

// Empty when the radii are whole numbers whose box can be counted.
template <class Radius>
inline std::string_view checkRadius(Radius radius) {
  double size = 1;
  for (const double r : radius.values) {
    if (!(r >= 0 && r < 2147483648.0) || r != static_cast<double>(static_cast<std::int64_t>(r)))
      return "radius must be whole numbers of at least 0";
    size *= 2 * r + 1;
  }
  return size < 9007199254740992.0 ? "" : "the window holds too many voxels";
}

template <class Radius>
inline Halo haloOfRadius(Radius radius, int rank) {
  Halo halo;
  for (int a = 0; a < rank; ++a) halo.low[a] = halo.high[a] = radiusOf(radius, a);
  return halo;
}
