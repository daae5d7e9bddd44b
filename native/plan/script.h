#pragma once

#include <functional>

#include "base/dtype.h"
#include "kernel/kernel.h"

namespace voxline {

// A box of voxels that a function of the host language computes. `from.data` is the voxel under the first one of the box.
struct ScriptBlock {
  int rank = 0;
  Index shape{};
  Index origin{};
  Index extent{};
  Index axes{};
  Halo halo;
  DType in = DType::Float32;
  DType out = DType::Float32;
  Block from;
  Block to;
};

// Called on a worker, which waits while the host's thread computes. False when the run is being stopped; throws Error{Filter}.
using Script = std::function<bool(const ScriptBlock&)>;

}  // namespace voxline
