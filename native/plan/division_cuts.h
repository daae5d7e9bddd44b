#pragma once

#include <vector>

#include "plan/carry.h"

namespace voxline {

// Cuts a plan's region into parts that follow one another in the order in which files are read and written.
class DivisionCuts {
 public:
  DivisionCuts(const Plan& plan, const Footprint& footprint);

  // The most parts there may be.
  std::int64_t most() const;
  // About so many.
  std::vector<Region> cut(std::int64_t count) const;
  // How such parts follow one another.
  Slabs slabsOf(const std::vector<Region>& divisions) const;
  // Whether rows are cut at multiples of kLeaf.
  bool leaves() const;
  // Whether a compressed file is read or written, which is done from one end to the other.
  bool isForwardOnly() const { return forwardOnly_; }
  // Whether a compressed source is wanted in another order than it is stored.
  bool isAgainstOrder() const { return conflict_; }

 private:
  // Along which axis a file wants to be read or written, and from which end.
  struct Order {
    int axis = -1;
    bool descending = false;
    bool operator==(const Order&) const = default;
  };

  Order orderOf(const Storage& storage) const;
  void chooseOrder();
  int slowestCuttable(const Storage& storage) const;
  bool isInBlocks() const;
  std::vector<Region> slabs(std::int64_t count) const;
  std::vector<Region> blocks(std::int64_t count) const;
  std::vector<Interval> cutAxis(int axis, std::int64_t pieces) const;

  const Plan& plan_;
  const Footprint& footprint_;
  Order order_;
  bool forwardOnly_ = false;
  bool conflict_ = false;
};

// Cuts a length into at most `pieces` intervals whose lengths differ by at most one.
std::vector<Interval> cutEvenly(Interval all, std::int64_t pieces);

}  // namespace voxline
