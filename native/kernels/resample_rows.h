// Included by kernel files after begin_kernel.h, in its namespaces. Rows of an output whose voxels lie at an
// affine map of their indices in the input. Coordinates are float64, computed from the index in one order everywhere, so that whoever
// asks for a voxel gets the same one.
#pragma once

#include "kernels/placed_voxels.h"
#include "kernels/rounding.h"

// The coordinate along one spatial axis of the input, step[0] · i + ((offset + step[1] · j) + step[2] · k), and that axis.
struct SourceAxis {
  std::array<double, 3> step{};
  double offset = 0;
  std::int64_t extent = 1;  // voxels of the whole volume
  Interval held{0, 1};      // of them in memory
  std::ptrdiff_t stride = 0;

  double base(std::int64_t j, std::int64_t k) const {
    return (offset + step[1] * static_cast<double>(j)) + step[2] * static_cast<double>(k);
  }
  // Whether the coordinate is one and the same along a row, or does not matter.
  bool isConstant() const { return step[0] == 0 || extent == 1; }
};

struct Source {
  std::array<SourceAxis, 3> axes;
  std::ptrdiff_t ahead =
      0;  // bytes from where a voxel comes from to where about the one in the next plane does
};

// Lines of cache that the next plane of the output needs are asked for while this one is made: no hardware foresees them. One voxel in
// so many stands for its neighbours.
inline constexpr std::int64_t kAhead = 8;

// A row of the output: voxel i lies at step[0] · i + base.
struct Row {
  const std::byte* from = nullptr;  // where the input's voxels begin that go with this row
  std::byte* to = nullptr;          // voxel i of the row at to + (i - all.begin) · stride
  Interval all;
  Interval inside;  // voxels whose position is inside the volume
  std::array<double, 3> base{};

  double coordinate(const Source& source, int axis, double i) const {
    return source.axes[axis].step[0] * i + base[axis];
  }
};

// Which of the output's axes are spatial, and 3 rows of 4: from output to input index.
struct ResampleMap {
  std::span<const double> axes;
  std::span<const double> matrix;

  int axis(int k) const { return k < static_cast<int>(axes.size()) ? static_cast<int>(axes[k]) : -1; }
};

[[gnu::noinline]] inline std::string_view checkMap(const ResampleMap& map, const RegionCall& call) {
  const Placed &in = call.in[0], &out = call.out[0];
  if (in.rank != out.rank) return "ranks differ";
  if (map.axes.empty() || map.axes.size() > 3 || map.matrix.size() != 12)
    return "there must be 1 to 3 axes and 3 rows of 4";
  unsigned spatial = 0;
  for (const double axis : map.axes) {
    if (!(axis >= 0 && axis < in.rank) || axis != static_cast<int>(axis)) return "an axis is out of range";
    spatial |= 1u << static_cast<int>(axis);
  }
  if (__builtin_popcount(spatial) != static_cast<int>(map.axes.size())) return "an axis is named twice";
  for (const double value : map.matrix)
    if (!(value > -1e12 && value < 1e12)) return "the matrix must be finite";
  for (int a = 0; a < in.rank; ++a) {
    if (in.extent[a] > 2147483647 || out.extent[a] > 2147483647) return "an axis is too long";
    if (in.shape[a] < 1) return "the input is empty";
    if (spatial >> a & 1u) continue;
    if (in.start[a] > out.start[a] || in.start[a] + in.shape[a] < out.start[a] + out.shape[a])
      return "the input lacks voxels";
  }
  return {};
}

[[gnu::noinline]] inline Source sourceOf(const ResampleMap& map, const Placed& in) {
  Source source;
  for (int k = 0; k < 3; ++k) {
    SourceAxis& axis = source.axes[k];
    for (int j = 0; j < 3; ++j) axis.step[j] = map.matrix[4 * k + j];
    axis.offset = map.matrix[4 * k + 3];
    const int a = map.axis(k);
    if (a < 0) continue;
    axis.extent = in.extent[a];
    axis.held = {in.start[a], in.start[a] + in.shape[a]};
    axis.stride = in.strides[a];
    const double planes = axis.step[2] + (axis.step[2] < 0 ? -0.5 : 0.5);
    if (planes > -1e6 && planes < 1e6) source.ahead += static_cast<std::ptrdiff_t>(planes) * axis.stride;
  }
  return source;
}

// The part of a row for which low <= coordinate < high. The coordinate is monotone in i, roundings included, so a division finds the
// neighbourhood of each end and comparisons settle it.
[[gnu::noinline]] inline Interval clipRow(const Row& row, const Source& source, int axis, double low,
                                          double high, Interval within) {
  const double step = source.axes[axis].step[0];
  const auto c = [&](std::int64_t i) { return row.coordinate(source, axis, static_cast<double>(i)); };
  const auto estimate = [&](double limit) {
    const double i = (limit - row.base[axis]) / step;
    if (!(i > static_cast<double>(within.begin))) return within.begin;
    return i < static_cast<double>(within.end) ? static_cast<std::int64_t>(i) : within.end;
  };
  if (step == 0) return c(0) >= low && c(0) < high ? within : Interval{within.begin, within.begin};
  // First index from which on `isPast` holds.
  const auto first = [&](std::int64_t i, auto isPast) {
    while (i > within.begin && isPast(i - 1)) --i;
    while (i < within.end && !isPast(i)) ++i;
    return i;
  };
  Interval clipped;
  if (step > 0) {
    clipped.begin = first(estimate(low), [&](std::int64_t i) { return c(i) >= low; });
    clipped.end = first(estimate(high), [&](std::int64_t i) { return c(i) >= high; });
  } else {
    clipped.begin = first(estimate(high), [&](std::int64_t i) { return c(i) < high; });
    clipped.end = first(estimate(low), [&](std::int64_t i) { return c(i) < low; });
  }
  return {clipped.begin, std::max(clipped.begin, clipped.end)};
}

// Where the input's voxels begin that go with an index of the output: spatial indices all as held.
inline const std::byte* beginFor(const ResampleMap& map, const Placed& in, const Index& at) {
  Index from = at;
  for (int k = 0; k < 3; ++k)
    if (const int a = map.axis(k); a >= 0) from[a] = in.start[a];
  return addressOf(in, from);
}

// The row that begins at an index of the output.
[[gnu::noinline]] inline Row rowAt(const ResampleMap& map, const Source& source, const RegionCall& call,
                                   const Index& at) {
  const int x = map.axis(0), y = map.axis(1), z = map.axis(2);
  Row row;
  row.from = beginFor(map, call.in[0], at);
  row.to = addressOf(call.out[0], at);
  row.all = row.inside = call.part.axis(x);
  for (int k = 0; k < 3; ++k) {
    row.base[k] = source.axes[k].base(y < 0 ? 0 : at[y], z < 0 ? 0 : at[z]);
    const double end = static_cast<double>(source.axes[k].extent) - 0.5;
    row.inside = clipRow(row, source, k, -0.5, end, row.inside);
  }
  return row;
}

// f(index of the first voxel) for every row of a region of the output along the first spatial axis, in blocks of rows through all
// planes: what a block reads of the input stays in the second-level cache from plane to plane.
template <class F>
inline void eachRowStart(const ResampleMap& map, const Region& region, F f) {
  constexpr std::int64_t rows = 32;
  const int across = map.axis(1);
  const Interval all = across < 0 ? Interval{0, 1} : region.axis(across);
  for (std::int64_t y = all.begin; y < all.end; y += rows) {
    Region block = region;
    if (across >= 0) block.setAxis(across, {y, std::min(y + rows, all.end)});
    eachLine(block, map.axis(0), f);
  }
}

// f(row) for every row of the part.
template <class F>
inline void eachRowOf(const ResampleMap& map, const Source& source, const RegionCall& call, F f) {
  eachRowStart(map, call.part, [&](const Index& at) { f(rowAt(map, source, call, at)); });
}

template <class T>
inline void fillVoxels(std::byte* to, std::ptrdiff_t stride, std::int64_t n, T value) {
  for (std::int64_t i = 0; i < n; ++i) put<T>(to + i * stride, value);
}

// What lies outside the volume before and behind the part inside.
template <class T>
inline void fillOutside(const Row& row, std::ptrdiff_t stride, T value) {
  fillVoxels(row.to, stride, row.inside.begin - row.all.begin, value);
  fillVoxels(row.to + (row.inside.end - row.all.begin) * stride, stride, row.all.end - row.inside.end, value);
}

inline std::int64_t clampedTo(std::int64_t i, Interval held) {
  return i < held.begin ? held.begin : i >= held.end ? held.end - 1 : i;
}

inline std::int64_t floorOf(double c) {
  const auto whole = static_cast<std::int64_t>(c);
  return static_cast<double>(whole) > c ? whole - 1 : whole;
}

// A whole number of less than 2^51 in a double, as an integer; vectorises everywhere.
inline std::int64_t wholeOf(double whole) {
  return bitCast<std::int64_t>(whole + kLowBits<double>) - bitCast<std::int64_t>(kLowBits<double>);
}
