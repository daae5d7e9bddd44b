#include "plan/stage_groups.h"

#include <algorithm>

namespace voxline {
namespace {

std::vector<std::vector<Consumer>> findConsumers(const Plan& plan, const Footprint& footprint) {
  std::vector<std::vector<Consumer>> all(plan.nodes.size());
  for (std::size_t i = 0; i < plan.nodes.size(); ++i)
    if (footprint.isNeeded(static_cast<NodeId>(i)))
      for (const NodeId input : plan.nodes[i].inputs)
        all[static_cast<std::size_t>(input)].push_back(
            {static_cast<NodeId>(i), &plan.nodes[i].halo, footprint.outside(static_cast<NodeId>(i))});
  for (const Sink& sink : plan.sinks) all[static_cast<std::size_t>(sink.node)].push_back({});
  return all;
}

bool isWide(const Halo& halo, int rank) {
  for (int a = 0; a < rank; ++a)
    if (halo.low[a] > 0 || halo.high[a] > 0) return true;
  return false;
}

bool makes(const Group& group, NodeId node) {
  return std::any_of(group.ops.begin(), group.ops.end(),
                     [&](const Op& op) { return op.kind != Op::Kind::Store && op.node == node; });
}

}  // namespace

StageGroups::StageGroups(const Plan& plan, const Footprint& footprint)
    : plan_(plan),
      footprint_(footprint),
      consumers_(findConsumers(plan, footprint)),
      madeIn_(plan.nodes.size()),
      lastUse_(plan.nodes.size()) {
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (!footprint_.isNeeded(id)) continue;
    const Node& node = plan_.nodes[i];
    const bool isSource = node.kind == Node::Kind::Source;
    add({isSource ? Op::Kind::Load : Op::Kind::Compute, id, -1}, node.kind == Node::Kind::Reduce ? -1 : id);
    for (std::size_t s = 0; s < plan_.sinks.size(); ++s)
      if (plan_.sinks[s].node == id) add({Op::Kind::Store, id, static_cast<int>(s)}, -1);
  }
  findUses();
}

bool StageGroups::isChunked(const Op& op) const {
  const KernelInfo* kernel = nodeOf(op.node).kernel;
  return op.kind != Op::Kind::Compute || !kernel || kernel->chunked;
}

bool StageGroups::sameReach(NodeId a, NodeId b) const {
  if (a >= 0 && b >= 0) return footprint_.sameReach(a, b);
  if (a < 0 && b < 0) return true;
  const NodeId node = std::max(a, b);
  for (int axis = 0; axis < plan_.rank; ++axis)
    if (footprint_.isWhole(node, axis)) return false;
  return !isWide(footprint_.reach(node), plan_.rank);
}

bool StageGroups::joins(const Group& group, const Op& op, NodeId reach) const {
  if (!group.chunked || !isChunked(op) || !sameReach(group.reach, reach)) return false;
  if (op.kind == Op::Kind::Load) return group.ops.back().kind == Op::Kind::Load;
  const Node& node = nodeOf(op.node);
  if (op.kind == Op::Kind::Store) return true;
  if (!isWide(node.halo, plan_.rank)) return true;
  return std::none_of(node.inputs.begin(), node.inputs.end(),
                      [&](NodeId in) { return makes(group, in) || bordersOtherwise(group, in, node); });
}

// Borders are filled before a group runs: two stages that want other values around one input cannot share a group.
bool StageGroups::bordersOtherwise(const Group& group, NodeId input, const Node& reader) const {
  return std::any_of(group.ops.begin(), group.ops.end(), [&](const Op& op) {
    const Node& other = nodeOf(op.node);
    const bool reads = op.kind == Op::Kind::Compute &&
                       std::find(other.inputs.begin(), other.inputs.end(), input) != other.inputs.end();
    return reads && isWide(other.halo, plan_.rank) &&
           (other.border != reader.border || other.borderBits != reader.borderBits);
  });
}

void StageGroups::add(const Op& op, NodeId reach) {
  if (groups_.empty() || !joins(groups_.back(), op, reach)) groups_.push_back({{}, reach, isChunked(op), {}});
  groups_.back().ops.push_back(op);
}

void StageGroups::findUses() {
  for (std::size_t g = 0; g < groups_.size(); ++g)
    for (const Op& op : groups_[g].ops)
      if (op.kind != Op::Kind::Store)
        madeIn_[static_cast<std::size_t>(op.node)] = lastUse_[static_cast<std::size_t>(op.node)] = g;
  for (std::size_t g = 0; g < groups_.size(); ++g)
    for (const Op& op : groups_[g].ops) {
      if (op.kind == Op::Kind::Store)
        lastUse_[static_cast<std::size_t>(op.node)] =
            std::max(lastUse_[static_cast<std::size_t>(op.node)], g);
      else
        for (const NodeId input : nodeOf(op.node).inputs)
          lastUse_[static_cast<std::size_t>(input)] = std::max(lastUse_[static_cast<std::size_t>(input)], g);
    }
}

}  // namespace voxline
