#include "volume/lines.h"

#include <algorithm>

namespace voxline {

namespace {

struct Axis {
  std::int64_t length = 0;
  std::array<std::int64_t, kMaxLineViews> strides{};
};

bool continues(const Axis& inner, const Axis& outer, std::size_t places) {
  for (std::size_t k = 0; k < places; ++k)
    if (outer.strides[k] != inner.strides[k] * inner.length) return false;
  return true;
}

}  // namespace

LinePlan planLines(int rank, const Index& shape, std::int64_t voxelBytes, std::span<const Placement> places) {
  LinePlan plan;
  std::array<Axis, kMaxRank> axes;
  int count = 0;
  for (std::size_t k = 0; k < places.size(); ++k) plan.places[k].first = places[k].first;
  for (int a = 0; a < rank; ++a) {
    if (shape[a] == 0) return plan;
    if (shape[a] == 1) continue;
    Axis& axis = axes[count++];
    axis.length = shape[a];
    const bool reversed = places[0].strides[a] < 0;
    for (std::size_t k = 0; k < places.size(); ++k) {
      axis.strides[k] = reversed ? -places[k].strides[a] : places[k].strides[a];
      if (reversed) plan.places[k].first += places[k].strides[a] * (shape[a] - 1);
    }
  }
  std::stable_sort(axes.begin(), axes.begin() + count,
                   [](const Axis& a, const Axis& b) { return a.strides[0] < b.strides[0]; });
  int kept = 0;
  for (int a = 0; a < count; ++a) {
    if (kept > 0 && continues(axes[kept - 1], axes[a], places.size()))
      axes[kept - 1].length *= axes[a].length;
    else axes[kept++] = axes[a];
  }
  if (kept == 0) {
    axes[kept].length = 1;
    axes[kept++].strides.fill(voxelBytes);
  }
  plan.rank = kept;
  for (int a = 0; a < kept; ++a) {
    plan.shape[a] = axes[a].length;
    for (std::size_t k = 0; k < places.size(); ++k) plan.places[k].strides[a] = axes[a].strides[k];
  }
  return plan;
}

View part(const View& view, const Region& region) {
  View result = view;
  result.data = view.at(region.start);
  result.shape = region.shape;
  return result;
}

}  // namespace voxline
