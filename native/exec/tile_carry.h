#pragma once

#include "exec/pass_context.h"

namespace voxline {

// What one tile takes over from the division before its own and leaves to the next. Only tiles at the ends of a division do: those
// between compute their halos, as all tiles do where they meet within a division.
class TileCarry {
 public:
  // The tile may end earlier later on, when others have taken its last slices.
  TileCarry(const PassContext& context, const Region& division, const Region& tile);

  // Whether the tile goes on, along an axis, where the division before has stopped.
  bool resumes(int axis) const { return takes() && axis == carry_.axis() && !carry_.descending(); }

  // What the tile needs of a node along an axis and has not computed yet when it begins; of node -1, which has no halo, the tile itself.
  Interval fresh(NodeId node, int axis) const;
  // The same with what is taken over.
  Interval present(NodeId node, int axis) const;
  // The first row along the axis of slabs that the node's consumers read, maybe before the volume.
  std::int64_t firstRead(NodeId node) const { return carry_.taken(node, division_).begin; }
  // What the tile takes over of a node; without voxels where that is nothing.
  Region taken(NodeId node) const;
  // What it leaves to the next division: each voxel is left by one tile only.
  Region left(NodeId node) const;

 private:
  Interval needed(NodeId node, int axis) const { return footprint_.interval(node, axis, tile_.axis(axis)); }
  Interval own(NodeId node, int axis) const;
  bool takes() const;
  bool leaves() const;
  bool isAtBegin() const { return tile_.axis(carry_.axis()).begin == division_.axis(carry_.axis()).begin; }
  bool isAtEnd() const { return tile_.axis(carry_.axis()).end == division_.axis(carry_.axis()).end; }

  const Plan& plan_;
  const Footprint& footprint_;
  const Carry& carry_;
  const Region& division_;
  const Region& tile_;
};

}  // namespace voxline
