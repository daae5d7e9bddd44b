#pragma once

#include <atomic>
#include <cstdint>

#include "exec/run_region.h"

namespace voxline {

// What a labelling filter knows of its input after one reading, and how it makes regions of its output.
class LabelState {
 public:
  virtual ~LabelState() = default;

  // Takes the voxels of a region, which the next ones follow in raster order of whole slabs. Calls follow each other. Workers: at most
  // `threads` (0: all). Must be called from a driver.
  virtual void add(const PlacedView& part, int threads, const std::atomic<bool>& stop) = 0;

  // After all has been added; the greatest value that will be painted.
  virtual std::uint64_t finish(int threads, const std::atomic<bool>& stop) = 0;

  // Makes the voxels of `out`, from those of the input where `input` is given. Calls may run side by side.
  virtual void paint(const PlacedView* input, const PlacedView& out, int threads, const std::atomic<bool>& stop) const = 0;

  // Memory held.
  virtual std::int64_t bytes() const = 0;
};

}  // namespace voxline
