#pragma once

#include <vector>

#include "plan/carry.h"
#include "volume/view.h"

namespace voxline {

// The rows that divisions leave to the next, in one ring per node. The workers of a division read what it takes over and write what it
// leaves behind at once: the two never share a slot unless they are the same row.
class CarriedRows {
 public:
  CarriedRows(const Plan& plan, const Carry& carry);

  // Per node: the slot of the first row a division takes over. The first division begins with slots of 0.
  using Slots = std::vector<std::int64_t>;
  Slots slotsAfter(const Slots& slots, const Region& division) const;

  // Copy a box of a node's rows, which must be among those taken or left, to scratch or from there.
  void take(NodeId node, const Region& division, const Slots& slots, const Region& box, const Block& to) const;
  void leave(NodeId node, const Region& division, const Slots& slots, const Region& box, const Block& from) const;

 private:
  // Where the rows of a box lie in the ring, in pieces where it closes: calls f(view of the ring, view of the same rows in scratch). `window`
  // are the rows of which the first in the order of work has slot `first`.
  template <class F>
  void eachPiece(NodeId node, Interval window, std::int64_t first, const Region& box, const Block& scratch, F&& f) const;
  std::int64_t slotAfter(NodeId node, std::int64_t slot, const Region& division) const;

  const Plan& plan_;
  const Carry& carry_;
  std::vector<View> rings_;  // per node
};

}  // namespace voxline
