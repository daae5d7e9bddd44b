#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "volume/view.h"

namespace voxline {

inline constexpr int kMaxLineViews = 3;

// Where the same voxels lie in one place: the byte position of voxel (0, 0, …) in a file, or an address, and
// signed byte strides.
struct Placement {
  std::int64_t first = 0;
  Index strides{};
};

// The order in which voxels are walked. Axis 0 runs along the lines, the others outwards; the first place is
// walked in ascending order. Axes of length 1 are gone, and axes that continue each other in every place are
// one.
struct LinePlan {
  int rank = 1;
  Index shape{};
  std::array<Placement, kMaxLineViews> places{};

  std::int64_t lineLength() const { return shape[0]; }
  std::int64_t lineCount() const {
    std::int64_t count = 1;
    for (int a = 1; a < rank; ++a) count *= shape[a];
    return count;
  }
};

// Voxels of one shape in one to three places. A single voxel is a line of length 1 and stride `voxelBytes`;
// an empty shape is one line of length 0.
LinePlan planLines(int rank, const Index& shape, std::int64_t voxelBytes, std::span<const Placement> places);

inline Placement placementOf(const View& view) {
  return {reinterpret_cast<std::intptr_t>(view.data), view.strides};
}

namespace detail {

// Calls f with the address of each line's first voxel in each place.
template <std::size_t N, class F>
void walkLines(const LinePlan& plan, F&& f) {
  if (plan.lineLength() == 0) return;
  std::array<std::byte*, N> at;
  std::array<std::int64_t, N> step{};
  for (std::size_t k = 0; k < N; ++k) {
    at[k] = reinterpret_cast<std::byte*>(plan.places[k].first);
    if (plan.rank > 1) step[k] = plan.places[k].strides[1];
  }
  // Lines may be short: what goes on between most of them is an addition.
  const std::int64_t neighbours = plan.rank > 1 ? plan.shape[1] : 1;
  Index index{};
  for (;;) {
    for (std::int64_t line = 0; line < neighbours; ++line) {
      f(at);
      for (std::size_t k = 0; k < N; ++k) at[k] += step[k];
    }
    for (std::size_t k = 0; k < N; ++k) at[k] -= step[k] * neighbours;
    int a = 2;
    for (; a < plan.rank; ++a) {
      for (std::size_t k = 0; k < N; ++k) at[k] += plan.places[k].strides[a];
      if (++index[a] < plan.shape[a]) break;
      for (std::size_t k = 0; k < N; ++k) at[k] -= plan.places[k].strides[a] * plan.shape[a];
      index[a] = 0;
    }
    if (a >= plan.rank) return;
  }
}

}  // namespace detail

// f(first, count, stride) for every line of a view, in address order; strides are bytes.
template <class F>
void forEachLine(const View& view, F&& f) {
  const Placement places[] = {placementOf(view)};
  const LinePlan plan =
      planLines(view.rank, view.shape, static_cast<std::int64_t>(sizeOf(view.dtype)), places);
  const std::int64_t count = plan.lineLength(), stride = plan.places[0].strides[0];
  detail::walkLines<1>(plan, [&](const auto& at) { f(at[0], count, stride); });
}

// f(first of a, first of b, count, stride of a, stride of b) for every line of two views of one shape, in
// address order of a.
template <class F>
void forEachLine(const View& a, const View& b, F&& f) {
  const Placement places[] = {placementOf(a), placementOf(b)};
  const LinePlan plan = planLines(a.rank, a.shape, static_cast<std::int64_t>(sizeOf(a.dtype)), places);
  const std::int64_t count = plan.lineLength();
  const std::int64_t strideA = plan.places[0].strides[0], strideB = plan.places[1].strides[0];
  detail::walkLines<2>(plan, [&](const auto& at) { f(at[0], at[1], count, strideA, strideB); });
}

// The voxels of a region of a view, as a view.
View part(const View& view, const Region& region);

}  // namespace voxline
