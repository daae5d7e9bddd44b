#include "plan/carry.h"

#include <algorithm>

#include "base/checked.h"

namespace voxline {

bool Carry::isFirst(const Region& division) const {
  if (slabs_.axis < 0) return true;
  const Interval all = plan_.region.axis(slabs_.axis), own = division.axis(slabs_.axis);
  return slabs_.descending ? own.end == all.end : own.begin == all.begin;
}

bool Carry::isLast(const Region& division) const {
  if (slabs_.axis < 0) return true;
  const Interval all = plan_.region.axis(slabs_.axis), own = division.axis(slabs_.axis);
  return slabs_.descending ? own.begin == all.begin : own.end == all.end;
}

std::int64_t Carry::rows(NodeId node) const {
  if (slabs_.axis < 0 || !footprint_.isNeeded(node)) return 0;
  const Halo& trail = footprint_.trail(node);
  return slabs_.descending ? trail.high[slabs_.axis] : trail.low[slabs_.axis];
}

// The last rows that were made when the sinks had come to `edge`.
Interval Carry::window(NodeId node, std::int64_t edge) const {
  const Halo& reach = footprint_.reach(node);
  if (slabs_.descending) {
    const std::int64_t begin = edge - reach.low[slabs_.axis];
    return {begin, begin + rows(node)};
  }
  const std::int64_t end = edge + reach.high[slabs_.axis];
  return {end - rows(node), end};
}

Interval Carry::taken(NodeId node, const Region& division) const {
  const Interval own = division.axis(slabs_.axis);
  return window(node, slabs_.descending ? own.end : own.begin);
}

Interval Carry::left(NodeId node, const Region& division) const {
  const Interval own = division.axis(slabs_.axis);
  return window(node, slabs_.descending ? own.begin : own.end);
}

// Both lie side by side, also where one is empty.
Interval Carry::held(NodeId node, const Region& division) const {
  if (isFirst(division)) return {};
  const Interval all = footprint_.interval(node, slabs_.axis, division.axis(slabs_.axis)), before = taken(node, division);
  return {std::clamp(before.begin, all.begin, all.end), std::clamp(before.end, all.begin, all.end)};
}

Interval Carry::fresh(NodeId node, const Region& division) const {
  const Interval all = footprint_.interval(node, slabs_.axis, division.axis(slabs_.axis));
  if (isFirst(division)) return all;
  const Interval before = taken(node, division);
  return slabs_.descending ? Interval{all.begin, std::clamp(before.begin, all.begin, all.end)}
                           : Interval{std::clamp(before.end, all.begin, all.end), all.end};
}

Region Carry::computed(NodeId node, const Region& division) const {
  Region region = footprint_.region(node, division);
  if (!isFirst(division)) region.setAxis(slabs_.axis, fresh(node, division));
  return region;
}

bool Carry::hasRing(NodeId node) const {
  return plan_.nodes[static_cast<std::size_t>(node)].kind != Node::Kind::Source && rows(node) > 0;
}

Region Carry::ring(NodeId node) const {
  Region box = footprint_.region(node, plan_.region);
  box.setAxis(slabs_.axis, {0, capacity(node)});
  return box;
}

std::size_t Carry::ringBytes(NodeId node) const {
  const auto voxel = static_cast<std::int64_t>(sizeOf(plan_.nodes[static_cast<std::size_t>(node)].dtype));
  return hasRing(node) ? static_cast<std::size_t>(checkedMul(ring(node).size(), voxel)) : 0;
}

std::size_t Carry::bytes() const {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) sum += ringBytes(static_cast<NodeId>(i));
  return sum;
}

}  // namespace voxline
