#include "exec/tile_carry.h"

namespace voxline {

TileCarry::TileCarry(const PassContext& context, const Region& division, const Region& tile)
    : plan_(context.plan), footprint_(context.footprint), carry_(context.carry), division_(division), tile_(tile) {}

bool TileCarry::takes() const {
  return carry_.axis() >= 0 && (carry_.descending() ? isAtEnd() : isAtBegin()) && !carry_.isFirst(division_);
}

bool TileCarry::leaves() const {
  return carry_.axis() >= 0 && (carry_.descending() ? isAtBegin() : isAtEnd()) && !carry_.isLast(division_);
}

Interval TileCarry::fresh(NodeId node, int axis) const {
  if (node < 0) return tile_.axis(axis);
  const Interval all = needed(node, axis);
  return takes() && axis == carry_.axis() ? clip(carry_.fresh(node, division_), all) : all;
}

Interval TileCarry::present(NodeId node, int axis) const {
  const Interval made = fresh(node, axis);
  return takes() && axis == carry_.axis() ? hull(carry_.held(node, division_), made) : made;
}

Region TileCarry::taken(NodeId node) const {
  Region box = footprint_.region(node, tile_);
  if (takes()) box.setAxis(carry_.axis(), carry_.held(node, division_));
  else box.shape[0] = 0;
  return box;
}

Region TileCarry::left(NodeId node) const {
  Region box = footprint_.region(node, tile_);
  if (!leaves() || !carry_.hasRing(node)) {
    box.shape[0] = 0;
    return box;
  }
  for (int a = 0; a < plan_.rank; ++a) box.setAxis(a, own(node, a));
  const Interval made = clip(carry_.fresh(node, division_), needed(node, carry_.axis()));
  box.setAxis(carry_.axis(), clip(carry_.left(node, division_), made));
  return box;
}

// The tile's own part of what all tiles side by side make of a node: without the halos that they share.
Interval TileCarry::own(NodeId node, int axis) const {
  const Interval division = division_.axis(axis), part = tile_.axis(axis);
  const Interval all = footprint_.interval(node, axis, division);
  return {part.begin == division.begin ? all.begin : part.begin, part.end == division.end ? all.end : part.end};
}

}  // namespace voxline
