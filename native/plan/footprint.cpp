#include "plan/footprint.h"

namespace voxline {

Footprint::Footprint(const Plan& plan) : plan_(plan), needs_(plan.nodes.size()) {
  for (const Sink& sink : plan.sinks) needs_[static_cast<std::size_t>(sink.node)].needed = true;
  for (std::size_t i = plan.nodes.size(); i-- > 0;) {
    const Node& node = plan.nodes[i];
    if (node.kind == Node::Kind::Reduce) needs_[i].needed = true;
    if (!needs_[i].needed) continue;
    for (const NodeId input : node.inputs) require(input, needs_[i], node.halo, node.border);
  }
  findTrails();
}

void Footprint::require(NodeId id, const Needs& by, const Halo& halo, Border border) {
  Needs& needs = needs_[static_cast<std::size_t>(id)];
  needs.needed = true;
  for (int a = 0; a < plan_.rank; ++a) {
    const bool periodic = border == Border::Wrap && (halo.low[a] > 0 || halo.high[a] > 0);
    const auto axis = static_cast<std::size_t>(a);
    needs.whole[axis] = needs.whole[axis] || by.whole[axis] || periodic;
    needs.reach.low[a] = std::max(needs.reach.low[a], by.reach.low[a] + halo.low[a]);
    needs.reach.high[a] = std::max(needs.reach.high[a], by.reach.high[a] + halo.high[a]);
    if (border != Border::Computed) continue;
    needs.rim.low[a] = std::max(needs.rim.low[a], by.rim.low[a] + halo.low[a]);
    needs.rim.high[a] = std::max(needs.rim.high[a], by.rim.high[a] + halo.high[a]);
  }
}

void Footprint::findTrails() {
  for (const Sink& sink : plan_.sinks) lengthenTrail(sink.node, {}, {});
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
    const Node& node = plan_.nodes[i];
    if (!needs_[i].needed) continue;
    for (const NodeId input : node.inputs) lengthenTrail(input, needs_[i].reach, node.halo);
  }
}

void Footprint::lengthenTrail(NodeId id, const Halo& consumerReach, const Halo& halo) {
  Needs& needs = needs_[static_cast<std::size_t>(id)];
  for (int a = 0; a < plan_.rank; ++a) {
    needs.trail.low[a] = std::max(needs.trail.low[a], needs.reach.high[a] - consumerReach.high[a] + halo.low[a]);
    needs.trail.high[a] = std::max(needs.trail.high[a], needs.reach.low[a] - consumerReach.low[a] + halo.high[a]);
  }
}

Halo Footprint::outside(NodeId id) const {
  Halo halo = plan_.nodes[static_cast<std::size_t>(id)].halo;
  for (int a = 0; a < plan_.rank; ++a) {
    halo.low[a] += rim(id).low[a];
    halo.high[a] += rim(id).high[a];
  }
  return halo;
}

bool Footprint::sameReach(NodeId a, NodeId b) const {
  const Needs &x = needs_[static_cast<std::size_t>(a)], &y = needs_[static_cast<std::size_t>(b)];
  return x.reach.low == y.reach.low && x.reach.high == y.reach.high && x.rim.low == y.rim.low && x.rim.high == y.rim.high &&
         x.whole == y.whole;
}

std::int64_t Footprint::longestReach(int axis) const {
  std::int64_t longest = 0;
  for (const Needs& node : needs_)
    if (node.needed && !node.whole[static_cast<std::size_t>(axis)]) longest = std::max(longest, node.reach.low[axis] + node.reach.high[axis]);
  return longest;
}

bool Footprint::isWholeSomewhere(int axis) const {
  return std::any_of(needs_.begin(), needs_.end(), [axis](const Needs& node) { return node.needed && node.whole[static_cast<std::size_t>(axis)]; });
}

Interval Footprint::extent(NodeId id, int axis) const {
  return {-rim(id).low[axis], plan_.nodes[static_cast<std::size_t>(id)].extent[axis] + rim(id).high[axis]};
}

Interval Footprint::interval(NodeId id, int axis, Interval sink) const {
  const Interval all = extent(id, axis);
  if (isWhole(id, axis)) return all;
  const Halo& halo = reach(id);
  return clip({sink.begin - halo.low[axis], sink.end + halo.high[axis]}, all);
}

Region Footprint::region(NodeId id, const Region& sink) const {
  Region result{plan_.rank, {}, {}};
  for (int a = 0; a < plan_.rank; ++a) result.setAxis(a, interval(id, a, sink.axis(a)));
  return result;
}

}  // namespace voxline
