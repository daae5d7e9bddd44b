#pragma once

#include <vector>

#include "plan/footprint.h"

namespace voxline {

// One thing a worker does with a box of voxels.
struct Op {
  enum class Kind : std::uint8_t { Load, Compute, Store };
  Kind kind = Kind::Compute;
  NodeId node = 0;
  int sink = -1;  // of a store
};

// Ops that go through the same boxes one after another, in pieces small enough for the first-level cache.
struct Group {
  std::vector<Op> ops;
  NodeId reach = -1;  // node whose reach the boxes have; -1: exactly the sinks' region
  bool chunked = false;
  Index chunk{};
};

// A consumer of a node: a stage with its halo, or a sink.
struct Consumer {
  NodeId node = -1;  // -1: a sink
  const Halo* halo = nullptr;
  Halo outside;  // how far outside the volume it reads
};

// What a pass does, in order and in groups, and who reads what.
class StageGroups {
 public:
  StageGroups(const Plan& plan, const Footprint& footprint);

  const std::vector<Group>& groups() const { return groups_; }
  const std::vector<Consumer>& consumersOf(NodeId node) const {
    return consumers_[static_cast<std::size_t>(node)];
  }
  // The group that makes a node, and the last one that reads it.
  std::size_t groupOf(NodeId node) const { return madeIn_[static_cast<std::size_t>(node)]; }
  std::size_t lastUse(NodeId node) const { return lastUse_[static_cast<std::size_t>(node)]; }

 private:
  bool isChunked(const Op& op) const;
  bool sameReach(NodeId a, NodeId b) const;
  bool joins(const Group& group, const Op& op, NodeId reach) const;
  bool bordersOtherwise(const Group& group, NodeId input, const Node& reader) const;
  void add(const Op& op, NodeId reach);
  void findUses();
  const Node& nodeOf(NodeId id) const { return plan_.nodes[static_cast<std::size_t>(id)]; }

  const Plan& plan_;
  const Footprint& footprint_;
  std::vector<std::vector<Consumer>> consumers_;
  std::vector<Group> groups_;
  std::vector<std::size_t> madeIn_, lastUse_;  // per node
};

}  // namespace voxline
