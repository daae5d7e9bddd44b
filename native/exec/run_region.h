#pragma once

#include <atomic>
#include <cstddef>
#include <span>
#include <vector>

#include "kernel/registry.h"
#include "volume/view.h"

namespace voxline {

// A view as a part of a volume: its first voxel has index `start` in a volume of shape `extent`.
struct PlacedView {
  View view;
  Index start{};
  Index extent{};
};

// A region kernel and what it works on.
struct RegionWork {
  const KernelInfo* kernel = nullptr;
  Level level = Level::Baseline;
  std::vector<double> numbers;  // the kernel's parameters
  int axis = -1;
  int threads = 0;              // 0: all
  std::vector<PlacedView> inputs;
  std::vector<PlacedView> outputs;
};

// Throws for work the kernel cannot do; called before `runRegion`.
void checkRegionWork(const RegionWork& work);

// Bytes that each worker takes meanwhile, for work that has been checked.
std::size_t regionScratch(const RegionWork& work);

// Throws unless every later work writes only where the first one does.
void checkSequence(std::span<const RegionWork> works);

// Runs kernels over the whole of their first outputs, in parts on the pool's workers: all of them on one part while it is in cache, or one
// after another where there would be too few such parts. Of what another one writes a kernel may read what lies in its own part alone, lines
// along the axes that any of them wants whole. The first one says on how many workers. Must be called from a driver.
void runRegion(std::span<const RegionWork> works, const std::atomic<bool>& stop);

}  // namespace voxline
