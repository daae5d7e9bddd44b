#include "exec/tile_carry.h"

namespace voxline {

TileCarry::TileCarry(const PassContext& context, const Region& division, const Region& tile)
    : plan_(context.plan), footprint_(context.footprint), carry_(context.carry), division_(division), tile_(tile) {
  const int axis = carry_.axis();
  if (axis < 0) return;
  const Interval all = division.axis(axis), part = tile.axis(axis);
  const bool atBegin = part.begin == all.begin, atEnd = part.end == all.end;
  takes_ = (carry_.descending() ? atEnd : atBegin) && !carry_.isFirst(division);
  leaves_ = (carry_.descending() ? atBegin : atEnd) && !carry_.isLast(division);
}

Interval TileCarry::fresh(NodeId node, int axis) const {
  if (node < 0) return tile_.axis(axis);
  const Interval all = needed(node, axis);
  return takes_ && axis == carry_.axis() ? clip(carry_.fresh(node, division_), all) : all;
}

Interval TileCarry::present(NodeId node, int axis) const {
  const Interval made = fresh(node, axis);
  return takes_ && axis == carry_.axis() ? hull(carry_.held(node, division_), made) : made;
}

Region TileCarry::taken(NodeId node) const {
  Region box = footprint_.region(node, tile_);
  if (takes_) box.setAxis(carry_.axis(), carry_.held(node, division_));
  else box.shape[0] = 0;
  return box;
}

Region TileCarry::left(NodeId node) const {
  Region box = footprint_.region(node, tile_);
  if (!leaves_ || !carry_.hasRing(node)) {
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
