#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "volume/region.h"

namespace voxline {

class Stretches;

// The slices of one tile that its worker has yet to begin, from first to last. Its last ones may go to a worker that has no tile left.
class Stretch {
 public:
  // As long as the tile is worked at. Without `all` nobody takes anything.
  Stretch(Stretches* all, const Region& tile, int axis);
  ~Stretch();
  Stretch(const Stretch&) = delete;
  Stretch& operator=(const Stretch&) = delete;

  // The slices before `target` are begun now. Returns where the tile ends, which is never before what was begun.
  std::int64_t begin(std::int64_t target);

 private:
  friend class Stretches;

  Stretches* const all_;
  const Region tile_;
  const int axis_;
  std::int64_t begun_, end_;
};

// Those of a division's tiles that are under way at once.
class Stretches {
 public:
  // `lead`: slices that a tile computes before its own.
  explicit Stretches(std::int64_t lead) : lead_(lead) {}

  // So many of the last slices of the tile that has most left that both workers end at about the same time; nothing where that is not
  // worth a tile of its own.
  std::optional<Region> take();

 private:
  friend class Stretch;

  const std::int64_t lead_;
  std::mutex mutex_;
  std::vector<Stretch*> underWay_;
};

}  // namespace voxline
