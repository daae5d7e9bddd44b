#pragma once

#include <span>
#include <utility>
#include <vector>

#include "labels/runs.h"
#include "labels/voxel_test.h"

namespace voxline {

// What is made of the components of the foreground.
enum class Outcome {
  Number,    // 1, 2, … in raster order of their first voxels
  Largest,   // those with the most voxels
  Enclosed,  // those that touch no face of the volume
  Seeded,    // those that hold a seed
};

// A component within a slab, and voxels of it.
struct Sized {
  std::uint64_t voxels = 0;
  std::uint32_t label = 0;
};

// Of equals the one that comes first in raster order.
inline bool isLarger(const Sized& a, const Sized& b) { return a.voxels != b.voxels ? a.voxels > b.voxels : a.label < b.label; }

// Sums and marks per component of a slab.
struct Facts {
  std::uint64_t* voxels = nullptr;  // Largest
  std::uint8_t* marks = nullptr;    // Enclosed: touches a face; Seeded: holds a seed
};

// A slab: planes [begin, begin + height) along the slab axis of one item of a frame.
struct SlabPlace {
  Index item{};  // along the axes that are not joined; 0 elsewhere
  std::int64_t begin = 0;
  std::int64_t height = 0;
};

// Number of a row in its slab.
std::int64_t rowOf(const Frame& frame, const SlabPlace& place, const Index& index);

// The slab as a box.
Region boxOf(const Frame& frame, const SlabPlace& place);

// The bits of a slab's voxels, row by row. `scratch` holds pieceBytes of the view.
void testSlab(const Frame& frame, const SlabPlace& place, const VoxelTest& test, const PlacedView& view, std::byte* scratch,
              std::uint64_t* bits);

// Clears `facts` and fills in what an outcome needs; `seeds` lie in the slab.
void gatherFacts(const Frame& frame, const SlabPlace& place, Outcome outcome, const Runs& runs, std::uint32_t components,
                 std::span<const Index> seeds, const Facts& facts);

// Leaves the bits of components whose value is not 0; for Enclosed the complement of the others.
void selectBits(const Frame& frame, Outcome outcome, const Runs& runs, const std::uint32_t* values, std::uint64_t* bits);

}  // namespace voxline
