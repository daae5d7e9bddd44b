#include "exec/move_tile.h"

#include <algorithm>
#include <cstdlib>

#include "exec/stage_clock.h"
#include "volume/copy.h"
#include "volume/lines.h"

namespace voxline {
namespace {

View under(const Staged& staged, Region region) {
  for (int a = 0; a < region.rank; ++a) region.start[a] -= staged.first[a];
  return part(staged.view, region);
}

int fastestAxis(const View& view) {
  int fastest = 0;
  for (int a = 1; a < view.rank; ++a)
    if (view.shape[a] > 1 && (view.shape[fastest] == 1 || std::abs(view.strides[a]) < std::abs(view.strides[fastest]))) fastest = a;
  return fastest;
}

// Whether memory runs along other axes, or the other way.
bool isTurned(const PassContext& context, const Division& division, std::size_t sink) {
  const NodeId id = context.plan.sinks[sink].node;
  const Node& node = context.plan.nodes[static_cast<std::size_t>(id)];
  if (node.kind != Node::Kind::Source || context.loader(id).converts() || context.storer(static_cast<int>(sink)).converts()) return false;
  const View &from = division.sources[static_cast<std::size_t>(id)].view, &to = division.sinks[sink].view;
  const int fastest = fastestAxis(to);
  return fastestAxis(from) != fastest || (from.strides[fastest] < 0) != (to.strides[fastest] < 0);
}

}  // namespace

bool moveTile(const PassContext& context, const Division& division, const Region& tile) {
  const std::size_t sinks = context.plan.sinks.size();
  const bool moves = std::all_of(context.plan.nodes.begin(), context.plan.nodes.end(),
                                 [](const Node& node) { return node.kind == Node::Kind::Source; });
  if (!moves || sinks == 0) return false;
  for (std::size_t sink = 0; sink < sinks; ++sink)
    if (!isTurned(context, division, sink)) return false;
  for (std::size_t sink = 0; sink < sinks; ++sink) {
    const auto node = static_cast<std::size_t>(context.plan.sinks[sink].node);
    const std::int64_t before = stageClock();
    const bool streamed = context.storer(static_cast<int>(sink)).isStreamed();
    copyDisjoint(under(division.sources[node], tile), under(division.sinks[sink], tile), streamed);
    context.nanoseconds[node].fetch_add(stageClock() - before, std::memory_order_relaxed);
  }
  context.advance(tile.size());
  return true;
}

}  // namespace voxline
