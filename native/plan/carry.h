#pragma once

#include "plan/footprint.h"

namespace voxline {

// The axis along which the divisions of a pass are slabs, one after another from its lower or its upper end; -1: they are not, or
// there is one only.
struct Slabs {
  int axis = -1;
  bool descending = false;
  std::int64_t longest = 0;  // of all divisions along that axis
};

// What a division takes over from the one before: the rows of each node (indices along the axis of slabs) that it still reads. So it
// computes only rows that no division before it has computed.
//
// Holds for slabs in either order. Blocks meet on several sides, with neighbours long gone or yet to come, and compute their halos
// themselves. Every run begins with nothing held, whatever became of the run before.
class Carry {
 public:
  Carry(const Plan& plan, const Footprint& footprint, Slabs slabs) : plan_(plan), footprint_(footprint), slabs_(slabs) {}

  int axis() const { return slabs_.axis; }
  bool descending() const { return slabs_.descending; }
  bool isFirst(const Region& division) const;
  bool isLast(const Region& division) const;

  // How many rows of a node two divisions share.
  std::int64_t rows(NodeId node) const;
  // The indices of those rows between this division and its neighbour, in part beyond the ends of the volume.
  Interval taken(NodeId node, const Region& division) const;
  Interval left(NodeId node, const Region& division) const;
  // What is there of the node when the division begins, and what the division has to make.
  Interval held(NodeId node, const Region& division) const;
  Interval fresh(NodeId node, const Region& division) const;
  Region computed(NodeId node, const Region& division) const;

  // A node's rows lie in a ring with room for those taken and those left behind. Sources have none: they are read again from memory, where
  // the part of a file that a division needs lies complete.
  bool hasRing(NodeId node) const;
  std::int64_t capacity(NodeId node) const { return rows(node) + std::min(rows(node), slabs_.longest); }
  // What the ring holds: whole rows of all that the pass needs, each in a slot along the axis of slabs.
  Region ring(NodeId node) const;
  std::size_t ringBytes(NodeId node) const;
  // Of all rings together.
  std::size_t bytes() const;

 private:
  Interval window(NodeId node, std::int64_t edge) const;

  const Plan& plan_;
  const Footprint& footprint_;
  Slabs slabs_;
};

}  // namespace voxline
