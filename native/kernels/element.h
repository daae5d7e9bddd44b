// Included by kernel files after begin_kernel.h, in its namespaces. Structuring elements, axis 0 along rows: a row's voxels lie from
// -h to h.
#pragma once

enum class Shape : std::int32_t { Box, Ball, Sphere, Cross };

// What is left of an element on axes 0 to 2, given an offset on the others; it is symmetric along each axis.
class Element {
 public:
  // Box: |d| <= r on every axis. Ball: sum of (d / (r + 1/2))^2 <= 1. Sphere: sum of (d / r)^2 <= 1. Cross: at most one d is not 0.
  // Radii are whole numbers whose box holds fewer than 2^53 voxels.
  Element(Shape shape, std::span<const double> radius)
      : shape_(shape), rank_(static_cast<int>(radius.size())) {
    Wide all = 1;
    for (int a = 0; a < rank_; ++a) {
      radius_[a] = static_cast<std::int64_t>(radius[a]);
      all *= static_cast<std::uint64_t>(unit(a));
    }
    within_ = all * all;
  }

  std::int64_t radius(int axis) const { return axis < rank_ ? radius_[axis] : 0; }

  // Half the row at these offsets from the centre (`at[0]` counts nothing), or -1 where there is none.
  __attribute__((noinline)) std::int64_t halfRow(const Index& at) const {
    int moved = 0;
    for (int a = 1; a < rank_; ++a) {
      if (at[a] > radius_[a] || at[a] < -radius_[a]) return -1;
      moved += at[a] != 0;
    }
    if (shape_ == Shape::Box || (shape_ == Shape::Cross && moved == 0)) return radius_[0];
    if (shape_ == Shape::Cross) return moved == 1 ? 0 : -1;
    Wide used = 0;
    for (int a = 1; a < rank_; ++a) used += share(a, at[a]);
    if (used > within_) return -1;
    std::int64_t half = radius_[0];
    while (used + share(0, half) > within_) --half;
    return half;
  }

 private:
  __extension__ typedef unsigned __int128 Wide;

  // Distances along an axis are counted in parts of this: halves for a ball.
  std::int64_t unit(int axis) const {
    if (radius_[axis] == 0) return 1;
    return shape_ == Shape::Ball ? 2 * radius_[axis] + 1 : radius_[axis];
  }

  // (d / r)^2 or (d / (r + 1/2))^2 in parts of within_.
  Wide share(int axis, std::int64_t d) const {
    Wide part = static_cast<std::uint64_t>(shape_ == Shape::Ball ? 2 * (d < 0 ? -d : d) : d < 0 ? -d : d);
    for (int a = 0; a < rank_; ++a)
      if (a != axis) part *= static_cast<std::uint64_t>(unit(a));
    return part * part;
  }

  Shape shape_;
  int rank_;
  Index radius_{};
  Wide within_ = 1;
};
