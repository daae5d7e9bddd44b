#pragma once

#include <cstdint>
#include <cstdlib>

#include "exec/run_region.h"
#include "volume/copy.h"
#include "volume/view.h"

namespace voxline {

inline constexpr std::int64_t kPieceBytes = 1 << 18;  // of rows that lie strided in memory, gathered at once

inline Region regionOf(const PlacedView& placed) { return {placed.view.rank, placed.start, placed.view.shape}; }

// Whether rows along axis 0 lie in memory as they are.
inline bool hasPlainRows(const View& view) {
  return view.strides[0] == static_cast<std::int64_t>(sizeOf(view.dtype)) || view.shape[0] == 1;
}

// Rows along axis 0 one after another at `data`.
inline View denseView(std::byte* data, DType dtype, int rank, const Index& shape) {
  View view{nullptr, data, dtype, rank, shape, {}};
  std::int64_t stride = static_cast<std::int64_t>(sizeOf(dtype));
  for (int a = 0; a < rank; ++a) {
    view.strides[a] = stride;
    stride *= shape[a];
  }
  return view;
}

// The voxels of a box in the axes of `placed`, as a view.
inline View within(const PlacedView& placed, const Region& box) {
  View view = placed.view;
  for (int a = 0; a < view.rank; ++a) {
    view.data += (box.start[a] - placed.start[a]) * view.strides[a];
    view.shape[a] = box.shape[a];
  }
  return view;
}

// Calls f for pieces of a box of at most `most` voxels, but whole rows along axis 0, cut where the view's voxels lie farthest apart.
template <class F>
void forEachPiece(const View& view, Region box, std::int64_t most, F&& f) {
  int axis = 0;
  for (int a = 1; a < box.rank; ++a)
    if (box.shape[a] > 1 && (axis == 0 || std::abs(view.strides[a]) > std::abs(view.strides[axis]))) axis = a;
  if (axis == 0 || box.size() <= most) return f(box);
  const Interval all = box.axis(axis);
  const std::int64_t middle = all.begin + all.length() / 2;
  box.setAxis(axis, {all.begin, middle});
  forEachPiece(view, box, most, f);
  box.setAxis(axis, {middle, all.end});
  forEachPiece(view, box, most, f);
}

// Bytes of scratch that gathering or scattering pieces of a view takes at most; 0 where rows are plain.
inline std::size_t pieceBytes(const View& view) {
  if (hasPlainRows(view)) return 0;
  const auto row = static_cast<std::int64_t>(sizeOf(view.dtype)) * view.shape[0];
  return static_cast<std::size_t>(row > kPieceBytes ? row : kPieceBytes);
}

}  // namespace voxline
