#pragma once

#include <array>
#include <cstddef>

#include "base/dtype.h"
#include "volume/region.h"

namespace voxline {

// Voxels of a part of a volume in memory: `data` at the first of them, whose index in the volume is `start`. Strides are signed bytes.
struct Placed {
  void* data = nullptr;
  DType dtype = DType::UInt8;
  int rank = 0;
  Index shape{};
  Index strides{};
  Index start{};
  Index extent{};  // shape of the whole volume
};

inline constexpr int kMaxPlaced = 8;

// One call of a region kernel: computes `part` of its outputs from inputs that may lie on other grids. Nothing but the outputs' voxels
// within `part` may be written; calls for other parts run beside it.
struct RegionCall {
  int inputs = 0;
  int outputs = 0;
  std::array<Placed, kMaxPlaced> in{};
  std::array<Placed, kMaxPlaced> out{};
  Region part;                  // in the index axes of out[0]
  int axis = -1;                // of kernels along one axis
  std::byte* local = nullptr;   // scratch of the worker, aligned to 64: as many bytes as the kernel asks for
};

}  // namespace voxline
