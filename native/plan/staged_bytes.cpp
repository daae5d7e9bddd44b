#include "plan/staged_bytes.h"

#include "base/checked.h"
#include "plan/direct_move.h"

namespace voxline {
namespace {

// Sources are staged in the order of their numbers.
std::size_t sourceBytes(const Plan& plan, const Footprint& footprint, const Region& division, std::size_t count) {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Node& node = plan.nodes[i];
    const auto id = static_cast<NodeId>(i);
    if (node.kind == Node::Kind::Source && footprint.isNeeded(id) && fileOf(node.storage)) sum += voxelBytes(footprint.region(id, division), node.stored);
  }
  return sum;
}

}  // namespace

std::size_t voxelBytes(const Region& region, DType dtype) {
  return static_cast<std::size_t>(checkedMul(region.size(), static_cast<std::int64_t>(sizeOf(dtype))));
}

std::size_t stagedBytes(const Plan& plan, const Footprint& footprint, const Region& division) {
  if (directMoveOf(plan) != DirectMove::None) return 0;
  std::size_t sum = sourceBytes(plan, footprint, division, plan.nodes.size());
  for (const Sink& sink : plan.sinks)
    if (fileOf(sink.storage)) sum += voxelBytes(division, sink.stored);
  return sum;
}

std::size_t besideSupply(const Plan& plan, const Footprint& footprint, const Pass& pass, NodeId source, std::size_t division) {
  const std::size_t own = sourceBytes(plan, footprint, pass.divisions[division], static_cast<std::size_t>(source) + 1);
  const std::size_t before = division > 0 ? pass.scratch + pass.states + stagedBytes(plan, footprint, pass.divisions[division - 1]) : 0;
  return pass.carried + pass.codecs + before + own;
}

}  // namespace voxline
