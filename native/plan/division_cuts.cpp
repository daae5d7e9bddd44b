#include "plan/division_cuts.h"

#include <algorithm>
#include <cstdlib>

namespace voxline {

DivisionCuts::DivisionCuts(const Plan& plan, const Footprint& footprint) : plan_(plan), footprint_(footprint) { chooseOrder(); }

std::int64_t DivisionCuts::most() const {
  if (isInBlocks()) return std::min<std::int64_t>(plan_.region.size(), 1 << 16);
  return order_.axis < 0 ? 1 : std::min<std::int64_t>(plan_.region.shape[order_.axis], 1 << 16);
}

std::vector<Region> DivisionCuts::cut(std::int64_t count) const {
  std::vector<Region> parts = isInBlocks() ? blocks(count) : slabs(count);
  if (order_.descending && order_.axis >= 0) std::reverse(parts.begin(), parts.end());
  return parts;
}

Slabs DivisionCuts::slabsOf(const std::vector<Region>& divisions) const {
  if (divisions.size() < 2 || isInBlocks()) return {};
  std::int64_t longest = 0;
  for (const Region& division : divisions) longest = std::max(longest, division.shape[order_.axis]);
  return {order_.axis, order_.descending, longest};
}

bool DivisionCuts::leaves() const {
  return std::any_of(plan_.nodes.begin(), plan_.nodes.end(),
                     [](const Node& node) { return node.isOrdered(); });
}

DivisionCuts::Order DivisionCuts::orderOf(const Storage& storage) const {
  const Index& strides = stridesOf(storage);
  Order order;
  for (int a = 0; a < plan_.rank; ++a)
    if (plan_.region.shape[a] > 1 && (order.axis < 0 || std::abs(strides[a]) > std::abs(strides[order.axis]))) order.axis = a;
  if (order.axis >= 0) order.descending = fileOf(storage) && strides[order.axis] < 0;
  return order;
}

void DivisionCuts::chooseOrder() {
  std::vector<const Storage*> byStrictness;
  const auto collect = [&](auto&& wanted) {
    for (const Sink& sink : plan_.sinks)
      if (wanted(sink.storage)) byStrictness.push_back(&sink.storage);
    eachSource(plan_, footprint_, [&](const Node& node, NodeId) {
      if (wanted(node.storage)) byStrictness.push_back(&node.storage);
    });
  };
  collect(isCompressed);
  forwardOnly_ = !byStrictness.empty();
  collect([](const Storage& s) { return !isCompressed(s); });
  order_ = orderOf(*byStrictness.front());
  if (order_.axis >= 0 && footprint_.isWholeSomewhere(order_.axis)) order_.axis = forwardOnly_ ? -1 : slowestCuttable(*byStrictness.front());
  // Two streams that run in different orders are both written in one piece.
  for (const Sink& sink : plan_.sinks)
    if (isCompressed(sink.storage) && orderOf(sink.storage) != orderOf(*byStrictness.front())) order_.axis = -1;
  eachSource(plan_, footprint_, [&](const Node& node, NodeId) { conflict_ = conflict_ || (isCompressed(node.storage) && orderOf(node.storage) != order_); });
}

int DivisionCuts::slowestCuttable(const Storage& storage) const {
  const Index& strides = stridesOf(storage);
  int axis = -1;
  for (int a = 0; a < plan_.rank; ++a)
    if (plan_.region.shape[a] > 1 && !footprint_.isWholeSomewhere(a) && (axis < 0 || std::abs(strides[a]) > std::abs(strides[axis]))) axis = a;
  return axis;
}

bool DivisionCuts::isInBlocks() const { return plan_.blocks && !forwardOnly_; }

std::vector<Region> DivisionCuts::slabs(std::int64_t count) const {
  if (order_.axis < 0) return {plan_.region};
  std::vector<Region> parts;
  for (const Interval piece : cutAxis(order_.axis, count)) {
    parts.push_back(plan_.region);
    parts.back().setAxis(order_.axis, piece);
  }
  return parts;
}

// One piece per axis at first; the axis with the longest pieces gets one more while the product stays within the count.
std::vector<Region> DivisionCuts::blocks(std::int64_t count) const {
  Index pieces{};
  for (int k = 0; k < plan_.rank; ++k) pieces[k] = 1;
  for (std::int64_t product = 1;;) {
    int longest = -1;
    for (int k = 0; k < plan_.rank; ++k) {
      const auto axis = static_cast<int>(plan_.axes[k]);
      if (footprint_.isWholeSomewhere(axis) || pieces[k] >= plan_.region.shape[axis]) continue;
      const auto length = [&](int j) {
        return static_cast<double>(plan_.region.shape[plan_.axes[j]]) / static_cast<double>(pieces[j]);
      };
      if (longest < 0 || length(k) > length(longest)) longest = k;
    }
    if (longest < 0 || product / pieces[longest] * (pieces[longest] + 1) > count) break;
    product = product / pieces[longest] * (pieces[longest] + 1);
    ++pieces[longest];
  }
  std::vector<Region> parts{plan_.region};
  for (int k = plan_.rank; k-- > 0;) {
    const auto axis = static_cast<int>(plan_.axes[k]);
    std::vector<Region> next;
    for (const Region& part : parts)
      for (const Interval piece : cutAxis(axis, pieces[k])) {
        next.push_back(part);
        next.back().setAxis(axis, piece);
      }
    parts = std::move(next);
  }
  return parts;
}

// Leaves stay whole.
std::vector<Interval> DivisionCuts::cutAxis(int axis, std::int64_t pieces) const {
  const Interval all = plan_.region.axis(axis);
  if (axis > 0 || !leaves()) return cutEvenly(all, pieces);
  std::vector<Interval> parts;
  for (const Interval leaves : cutEvenly({all.begin / kLeaf, (all.end + kLeaf - 1) / kLeaf}, pieces))
    parts.push_back({std::max(all.begin, leaves.begin * kLeaf), std::min(all.end, leaves.end * kLeaf)});
  return parts;
}

std::vector<Interval> cutEvenly(Interval all, std::int64_t pieces) {
  const std::int64_t length = all.length(), count = std::min(pieces, length);
  std::vector<Interval> parts;
  const auto at = [&](std::int64_t i) { return all.begin + static_cast<std::int64_t>(static_cast<__int128>(i) * length / count); };
  for (std::int64_t i = 0; i < count; ++i) parts.push_back({at(i), at(i + 1)});
  return parts;
}

}  // namespace voxline
