#include "plan/axis_order.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace voxline {
namespace {

// Rows shorter than this waste most of a vector: another axis serves better as the row.
constexpr std::int64_t kShortRow = 16;

bool needsOwnRows(const Plan& plan) {
  return std::any_of(plan.nodes.begin(), plan.nodes.end(), [](const Node& n) { return n.isOrdered(); });
}

Index chooseOrder(const Plan& plan) {
  const Index& strides = stridesOf(plan.nodes[0].storage);
  const Index& extent = plan.nodes[0].extent;
  Index order{};
  std::iota(order.begin(), order.begin() + plan.rank, 0);
  const auto reads = [&](std::int64_t a) {
    return std::any_of(plan.nodes.begin(), plan.nodes.end(),
                       [&](const Node& n) { return n.halo.low[a] > 0 || n.halo.high[a] > 0; });
  };
  const auto bySpeed = [&](std::int64_t a, std::int64_t b) {
    if ((extent[a] == 1) != (extent[b] == 1)) return extent[b] == 1;
    return std::abs(strides[a]) < std::abs(strides[b]);
  };
  const auto end = order.begin() + plan.rank;
  std::stable_sort(order.begin(), end, bySpeed);
  auto row = std::find_if(order.begin(), end, [&](std::int64_t a) { return extent[a] >= kShortRow; });
  if (needsOwnRows(plan)) row = std::find(order.begin(), end, plan.axes[0]);
  if (row != end) std::rotate(order.begin(), row, row + 1);
  std::stable_partition(order.begin() + 1, end, reads);
  return order;
}

Index permuted(const Index& values, const Index& order, int rank) {
  Index result{};
  for (int a = 0; a < rank; ++a) result[a] = values[order[a]];
  return result;
}

void permuteStorage(Storage& storage, const Index& order, int rank) {
  std::visit(
      [&](auto& s) {
        s.shape = permuted(s.shape, order, rank);
        s.strides = permuted(s.strides, order, rank);
      },
      storage);
}

}  // namespace

void orderAxes(Plan& plan) {
  const Index order = chooseOrder(plan);
  const int rank = plan.rank;
  Index place{};
  for (int a = 0; a < rank; ++a) place[order[a]] = a;
  plan.region.start = permuted(plan.region.start, order, rank);
  plan.region.shape = permuted(plan.region.shape, order, rank);
  plan.tile = permuted(plan.tile, order, rank);
  for (int k = 0; k < rank; ++k) plan.axes[k] = place[plan.axes[k]];
  for (Node& node : plan.nodes) {
    node.extent = permuted(node.extent, order, rank);
    if (node.kind == Node::Kind::Source) {
      permuteStorage(node.storage, order, rank);
      continue;
    }
    node.halo.low = permuted(node.halo.low, order, rank);
    node.halo.high = permuted(node.halo.high, order, rank);
    if (node.axis >= 0) node.axis = static_cast<int>(place[node.axis]);
    if (node.kernel) node.kernel->permute(node.params, order, rank, node.permuted.data());
  }
  for (Sink& sink : plan.sinks) permuteStorage(sink.storage, order, rank);
}

}  // namespace voxline
