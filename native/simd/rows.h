#pragma once

#include "kernel/kernel.h"

namespace voxline {
namespace {

// Where a row of a box is: its index along two axes is kept in registers, along further ones in memory.
//
// Kernels run between stores past the caches. An index that is cleared with one wide store and read back number by number has to wait
// until all stores before it have arrived in memory, which takes longer than most rows: this doubled the time of point operations.
class RowAt {
 public:
  RowAt(int rank, int b, int c, const Index& further) : rank_(rank), b_(b), c_(c), further_(further) {}

  void moveTo(std::int64_t y, std::int64_t z) {
    y_ = y;
    z_ = z;
  }

  // In elements, from the box's first one.
  std::ptrdiff_t in(const Block& block) const {
    std::ptrdiff_t offset = 0;
    if (b_ < rank_) offset += y_ * block.stride[b_];
    if (c_ < rank_) offset += z_ * block.stride[c_];
    for (int a = c_ + 1; a < rank_; ++a) offset += further_[a] * block.stride[a];
    return offset;
  }

  void addTo(Index& index) const {
    if (b_ < rank_) index[b_] += y_;
    if (c_ < rank_) index[c_] += z_;
    for (int a = c_ + 1; a < rank_; ++a) index[a] += further_[a];
  }

 private:
  int rank_, b_, c_;
  std::int64_t y_ = 0, z_ = 0;
  const Index& further_;
};

// Calls f for every row of a box: along the axes from `first` (≥ 1) on, all but `skipped` (0: none).
template <class F>
inline void eachRow(const Call& call, int first, int skipped, F&& f) {
  const auto notSkipped = [=](int axis) { return axis == skipped ? axis + 1 : axis; };
  const auto lengthOf = [&](int axis) { return axis < call.rank ? call.shape[axis] : 1; };
  const int b = notSkipped(first), c = notSkipped(b + 1);
  const std::int64_t ny = lengthOf(b), nz = lengthOf(c);
  Index further{};
  RowAt row(call.rank, b, c, further);
  for (;;) {
    for (std::int64_t z = 0; z < nz; ++z)
      for (std::int64_t y = 0; y < ny; ++y) {
        row.moveTo(y, z);
        f(row);
      }
    int a = c + 1;
    for (; a < call.rank; ++a) {
      if (a == skipped) continue;
      if (++further[a] < call.shape[a]) break;
      further[a] = 0;
    }
    if (a >= call.rank) return;
  }
}

}  // namespace
}  // namespace voxline
