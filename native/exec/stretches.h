#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "volume/region.h"

namespace voxline {

class Stretches;

// A tile as the slices along the sliding axis that its worker has yet to begin. The last ones of them may go to a worker that has no tile left.
class Stretch {
 public:
  // As long as the tile is worked at. Nobody takes anything without `all`, or where no axis slides (-1).
  Stretch(Stretches* all, const Region& tile, int axis);
  ~Stretch();
  Stretch(const Stretch&) = delete;
  Stretch& operator=(const Stretch&) = delete;

  // As it was at first.
  const Region& tile() const { return tile_; }
  // The slices before `target` are begun now. Returns where the tile ends, which is never before what was begun.
  std::int64_t begin(std::int64_t target);

 private:
  friend class Stretches;

  std::int64_t left() const { return end_ - begun_; }

  Stretches* const all_;
  const Region tile_;
  const int axis_;
  std::int64_t begun_ = 0, end_ = 0;
};

// Those of a division's tiles that are under way at once.
class Stretches {
 public:
  // `tiles`: how many there are; `lead`: slices that a tile computes before its own.
  Stretches(std::size_t tiles, std::int64_t lead) : toBegin_(tiles), lead_(lead) {}

  // When all tiles have begun: so many of the last slices of the one that has most left that both workers end at about the same time.
  // Null where that is not worth a tile of its own.
  std::unique_ptr<Stretch> take();

 private:
  friend class Stretch;

  std::size_t toBegin_;
  const std::int64_t lead_;
  std::mutex mutex_;
  std::vector<Stretch*> underWay_;
};

}  // namespace voxline
