#pragma once

#include <cstddef>
#include <cstdint>

#include "labels/slab.h"

namespace voxline {

// Rows of a slab: bits, and for labels the rows' first runs and a label per run. Without labels every run is 1.
struct PaintedRows {
  const std::uint64_t* bits = nullptr;
  const std::uint32_t* first = nullptr;
  const std::uint32_t* labels = nullptr;
};

// Writes the voxels of a box of a slab; with `clears` only those outside the runs, as 0. `scratch` holds pieceBytes of the view.
void paintBox(const Frame& frame, const SlabPlace& place, const PaintedRows& rows, bool clears, const Region& box, const PlacedView& out,
              std::byte* scratch);

}  // namespace voxline
