#pragma once

#include <vector>

#include "plan/stage_groups.h"

namespace voxline {

// A node's voxels in scratch. Index i along an axis is slot i − base of that axis, where base is the first index computed minus `pad`.
struct Buffer {
  bool used = false;
  bool isChunk = false;   // holds one chunk of its group
  bool isKept = false;    // keeps slices from step to step
  std::int64_t keep = 0;  // the most slices behind a step's first one that later steps read
  Index pad{};
  Index shape{};
  Index stride{};          // elements
  std::size_t offset = 0;  // in the worker's arena
  std::size_t bytes = 0;
};

// How a worker carries a tile through all stages: a window of `step` slices slides along one axis.
struct TileLayout {
  int slide = -1;  // no axis slides in a volume of rank 1
  std::int64_t step = 1;
  bool mayShare = false;  // the last slices of a tile may go to a worker that has no tile left
  Index tile{};
  std::vector<Group> groups;
  std::vector<Buffer> buffers;  // per node
  std::size_t localOffset = 0;
  std::size_t localBytes = 0;
  std::size_t scratchBytes = 0;
};

struct TileTarget {
  Region region;  // to be tiled
  int threads = 1;
  std::int64_t regions = 1;  // like this one that are tiled at once, without waiting for each other
  std::size_t cache = 0;  // bytes of scratch that a core's own cache holds: more of it costs time
  std::size_t room = 0;   // bytes of scratch to keep within where any tile does
  bool mayShare = false;  // slices of tiles under way
};

// Voxels that are worth a tile of their own where workers share tiles under way.
inline constexpr std::int64_t kLeastShared = 1 << 14;

// The axis along which the windows of tiles slide, in volumes of a rank; -1: none.
int slideOf(int rank);

TileLayout layOutTiles(const Plan& plan, const Footprint& footprint, const TileTarget& target);

// Boxes of at most `tile` that cover the region, axis 0 fastest; lengths along an axis differ by at most one. With `leaves` axis 0 is
// cut at absolute multiples of kLeaf instead, so that sums over rows never depend on tiles.
std::vector<Region> cutTiles(const Region& region, const Index& tile, bool leaves);

// Bytes of second-level cache of one core.
std::size_t cacheBytes();

// Bytes of scratch that such a core's worker still reaches fast: with its share of the cache that all cores have together.
std::size_t scratchBytes(int workers);

}  // namespace voxline
