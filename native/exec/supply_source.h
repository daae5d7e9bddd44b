#pragma once

#include "io/file_source.h"
#include "plan/supply.h"

namespace voxline {

// A supply as a source of regions. `axes[k]` is the plan axis of the volume's own axis k.
class SupplySource : public FileSource {
 public:
  SupplySource(Supply supply, int rank, const Index& axes) : supply_(std::move(supply)), rank_(rank), axes_(axes) {}

  void read(const Region& region, const View& to, const std::atomic<bool>& stop) override {
    Region own{rank_, {}, {}};
    View view = to;
    for (int k = 0; k < rank_; ++k) {
      own.setAxis(k, region.axis(static_cast<int>(axes_[k])));
      view.shape[k] = to.shape[axes_[k]];
      view.strides[k] = to.strides[axes_[k]];
    }
    supply_(own, view, stop);
  }

 private:
  Supply supply_;
  int rank_;
  Index axes_;
};

}  // namespace voxline
