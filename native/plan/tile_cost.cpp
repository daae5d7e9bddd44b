#include "plan/tile_cost.h"

#include <algorithm>

namespace voxline {
namespace {

// The unit is what a stage takes for one byte of one voxel that it looks at: about a hundredth of a nanosecond. Moving a byte takes so
// many of them; in a core's own cache it goes on beside the work.
constexpr double kFromMemory = 8;
constexpr double kFromSharedCache = 1;
constexpr double kWithinScratch = 2;
// A function of the host is called for every voxel.
constexpr double kScriptVoxel = 2000;

class TileCost {
 public:
  TileCost(const TileLayout& layout, const Plan& plan, const Footprint& footprint, const Region& region, std::size_t cache)
      : layout_(layout), plan_(plan), footprint_(footprint), region_(region), overflow_(overflowOf(layout.localOffset, cache)) {}

  double sum() const {
    double cost = 0;
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i)
      if (layout_.buffers[i].used) cost += computedPerVoxel(static_cast<NodeId>(i)) * costOf(i);
    return cost;
  }

 private:
  // Of what lies in scratch, the part that the core's own cache has lost before it is read.
  static double overflowOf(std::size_t scratch, std::size_t cache) {
    return scratch <= cache ? 0 : 1 - static_cast<double>(cache) / static_cast<double>(scratch);
  }

  // Along the sliding axis nothing is computed twice but what pieces of it share.
  double computedPerVoxel(NodeId id) const {
    double voxels = 1;
    for (int a = 0; a < plan_.rank; ++a) {
      if (a == layout_.slide && layout_.tile[a] >= region_.shape[a]) continue;
      const std::int64_t own = layout_.tile[a], extent = footprint_.extent(id, a).length();
      const Halo& reach = footprint_.reach(id);
      const std::int64_t made = footprint_.isWhole(id, a) ? extent : std::min(extent, own + reach.low[a] + reach.high[a]);
      voxels *= static_cast<double>(made) / static_cast<double>(own);
    }
    return voxels;
  }

  // Per voxel that is made.
  double costOf(std::size_t i) const {
    const Buffer& buffer = layout_.buffers[i];
    double perByte = workOf(plan_.nodes[i]);
    if (!buffer.isChunk) perByte += 2 * overflow_ * kFromSharedCache;
    if (buffer.isKept) perByte += kWithinScratch * static_cast<double>(buffer.keep) / static_cast<double>(layout_.step);
    return perByte * static_cast<double>(sizeOf(plan_.nodes[i].dtype));
  }

  double workOf(const Node& node) const {
    if (node.kind == Node::Kind::Source) return kFromMemory;
    if (node.kind == Node::Kind::Scripted) return kScriptVoxel;
    double voxels = 1;
    for (int a = 0; a < plan_.rank; ++a) voxels *= static_cast<double>(1 + node.halo.low[a] + node.halo.high[a]);
    return voxels;
  }

  const TileLayout& layout_;
  const Plan& plan_;
  const Footprint& footprint_;
  const Region& region_;
  const double overflow_;
};

}  // namespace

double tileCost(const TileLayout& layout, const Plan& plan, const Footprint& footprint, const Region& region, std::size_t cache) {
  return TileCost(layout, plan, footprint, region, cache).sum();
}

}  // namespace voxline
