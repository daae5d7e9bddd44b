#pragma once

#include "base/dtype.h"
#include "volume/memory.h"
#include "volume/region.h"

namespace voxline {

// Voxels somewhere in a Memory: strides are signed bytes and `data` points at voxel (0, 0, 0, …).
struct View {
  MemoryPtr memory;
  std::byte* data = nullptr;
  DType dtype = DType::UInt8;
  int rank = 0;
  Index shape{};
  Index strides{};

  std::byte* at(const Index& index) const {
    std::byte* p = data;
    for (int a = 0; a < rank; ++a) p += index[a] * strides[a];
    return p;
  }
  Region region() const { return {rank, {}, shape}; }
};

// True when every voxel of the view lies inside its memory (checked in 64 bits, overflow included).
bool isInside(const View& view);

// True when the voxels fill one block without gaps, in any axis order and direction.
bool isDense(const View& view);

// Lowest address of any voxel: where a dense view's block begins.
std::byte* lowest(const View& view);

}  // namespace voxline
