#pragma once

#include <vector>

#include "plan/plan.h"

namespace voxline {

// What each node must compute for a region of the sinks.
class Footprint {
 public:
  explicit Footprint(const Plan& plan);

  bool isNeeded(NodeId node) const { return needs_[static_cast<std::size_t>(node)].needed; }
  // How far the node computes beyond the sinks' region, before clipping to the extent.
  const Halo& reach(NodeId node) const { return needs_[static_cast<std::size_t>(node)].reach; }
  // True when a periodic border below makes the node compute the whole axis.
  bool isWhole(NodeId node, int axis) const { return needs_[static_cast<std::size_t>(node)].whole[static_cast<std::size_t>(axis)]; }
  // How far beyond the volume itself the node may compute, where a consumer's border is Computed.
  const Halo& rim(NodeId node) const { return needs_[static_cast<std::size_t>(node)].rim; }
  // How far outside the volume a stage reads its inputs.
  Halo outside(NodeId stage) const;
  bool sameReach(NodeId a, NodeId b) const;
  // The most that a node computes beyond the sinks' region along an axis, on both sides together; nodes that compute all of it do not count.
  std::int64_t longestReach(int axis) const;
  // Whether some node computes all of an axis whatever the sinks' region.
  bool isWholeSomewhere(int axis) const;
  // How many slices of the node its consumers still read behind the last one made, when slices are made upwards (low) and when they are
  // made downwards (high) and every consumer has made what it can.
  const Halo& trail(NodeId node) const { return needs_[static_cast<std::size_t>(node)].trail; }

  // Indices the node computes of the largest sink: the volume and its rim.
  Interval extent(NodeId node, int axis) const;
  Interval interval(NodeId node, int axis, Interval sink) const;
  Region region(NodeId node, const Region& sink) const;

 private:
  struct Needs {
    bool needed = false;
    Halo reach;
    Halo rim;
    Halo trail;
    std::array<bool, kMaxRank> whole{};
  };
  void require(NodeId node, const Needs& by, const Halo& halo, Border border);
  void findTrails();
  void lengthenTrail(NodeId node, const Halo& consumerReach, const Halo& halo);

  const Plan& plan_;
  std::vector<Needs> needs_;
};

// Calls f(node, id) for every source that is read.
template <class F>
void eachSource(const Plan& plan, const Footprint& footprint, F&& f) {
  for (std::size_t i = 0; i < plan.nodes.size(); ++i)
    if (plan.nodes[i].kind == Node::Kind::Source && footprint.isNeeded(static_cast<NodeId>(i))) f(plan.nodes[i], static_cast<NodeId>(i));
}

}  // namespace voxline
