#pragma once

#include <memory>

#include "labels/slab_work.h"
#include "labels/table_space.h"

namespace voxline {

// What a slab leaves to whoever joins it to the slabs beside it, and to those it has to be compared with.
struct SlabLinks {
  std::uint32_t touching = 0;          // components that reach a neighbouring slab
  std::uint32_t candidates = 0;        // Largest: those of the others that may be kept
  std::uint32_t* labels = nullptr;     // of those that touch, ascending
  std::uint64_t* weights = nullptr;    // of those that touch: voxels for Largest, marks for Enclosed and Seeded
  Sized* largest = nullptr;
  Runs lower, upper;                   // of the planes beside other slabs; their labels are places among those that touch
  MemoryPtr memory;                    // of all that
};

// Of a slab whose runs have been labelled, which are overwritten.
std::unique_ptr<SlabLinks> linksOf(const ComponentsSpec& spec, const SlabPlace& place, SlabWork& work, TableSpace& space);

}  // namespace voxline
