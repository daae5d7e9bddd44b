#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "exec/run_region.h"

namespace voxline {

// Axes of a volume in the order labelling works in: axis 0 along the rows; the other axes along which voxels are joined, in index order,
// of which the last is cut into slabs; then those along which they are not. Raster order of the joined axes is that of their indices.
struct Frame {
  int rank = 0;
  int joined = 0;                        // at least 2
  std::array<int, kMaxRank> source{};    // axis of the volume, or -1 for an axis of length 1 that it has not
  Index shape{};
  bool isThin = false;                   // a joined axis has a single voxel: each voxel lies on a face across it

  int slabAxis() const { return joined - 1; }
  // Rows in a plane across the slab axis.
  std::int64_t planeRows() const;
  // Boxes of joined voxels that know nothing of each other, and which of them an index lies in.
  std::int64_t items() const;
  std::int64_t itemOf(const Index& index) const;
};

// `axes`: those along which voxels are joined, ascending.
Frame makeFrame(int rank, const Index& extent, const std::vector<int>& axes);

// The same voxels, start and extent in the axes of a frame.
PlacedView seenThrough(const Frame& frame, const PlacedView& placed);
Index seenThrough(const Frame& frame, const Index& index);

// A row before another one in raster order whose voxels may be neighbours of its voxels.
struct Neighbour {
  Index step{};               // along axes 1 … joined - 1
  std::int64_t rows = 0;      // how far back, counted in rows of a slab
  std::uint32_t reach = 0;    // 1 when voxels one further along the row count too
};

// Every row before a row that holds neighbours, for neighbours that differ by 1 on at most `connectivity` axes.
std::vector<Neighbour> neighboursBefore(const Frame& frame, int connectivity);

// f(index of the row's first voxel, its number in the box's rows) for each row of a box given in a frame's axes, in raster order.
template <class F>
void forEachRow(const Frame& frame, const Region& box, F&& f) {
  Index index = box.start;
  if (box.size() == 0) return;
  for (std::int64_t row = 0;; ++row) {
    f(index, row);
    int a = 1;
    for (; a < frame.rank; ++a) {
      if (++index[a] < box.start[a] + box.shape[a]) break;
      index[a] = box.start[a];
    }
    if (a == frame.rank) return;
  }
}

}  // namespace voxline
