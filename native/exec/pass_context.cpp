#include "exec/pass_context.h"

#include "base/error.h"
#include "exec/merge_axes.h"

namespace voxline {
namespace {

constexpr std::int64_t kStreamedBytes = std::int64_t{8} << 20;

// Kernels that look at voxels alone need not know where rows end.
void mergeRows(const Node& node, Call& call) {
  const bool reduces = node.kind == Node::Kind::Reduce;
  if (node.kernel->shape != KernelShape::Point && (!reduces || node.isOrdered())) return;
  if (reduces) call.out = call.in[0];
  Block& second = call.inputs > 1 ? call.in[1] : call.out;
  Block& third = call.inputs > 2 ? call.in[2] : call.out;
  call.rank = mergeAxes(call.rank, call.shape, {&call.in[0].stride, &second.stride, &third.stride, &call.out.stride});
}

}  // namespace

PassContext::PassContext(const Plan& p, const Footprint& f, const Pass& a, const std::atomic<bool>& s)
    : plan(p), footprint(f), pass(a), stop(s), carry(p, f, a.slabs), carried(p, carry), nanoseconds(p.nodes.size()),
      kernels_(p.nodes.size()), loaders_(p.nodes.size()), reductions_(p.nodes.size()) {
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const Node& node = plan.nodes[i];
    if (node.kind == Node::Kind::Source) loaders_[i] = std::make_unique<BoxLoader>(node, plan.level);
    if (node.kernel) kernels_[i] = findRun(*node.kernel, plan.level, node.in, node.dtype);
    if (node.kind == Node::Kind::Reduce) reductions_[i] = std::make_unique<Reduction>(*node.kernel, node.params, plan.rank);
  }
  for (const Sink& sink : plan.sinks) {
    const std::int64_t bytes = plan.region.size() * static_cast<std::int64_t>(sizeOf(sink.stored));
    const bool streamed = std::holds_alternative<View>(sink.storage) && bytes >= kStreamedBytes;
    const Node& node = plan.nodes[static_cast<std::size_t>(sink.node)];
    storers_.push_back(std::make_unique<BoxStorer>(sink, node, plan.level, streamed));
  }
}

void PassContext::run(const Op& op, const Division& division, const Region& box, const std::array<Block, kMaxInputs>& in,
                      const Block& out, Worker& worker, std::byte* local) const {
  const auto id = static_cast<std::size_t>(op.node);
  if (op.kind == Op::Kind::Load) {
    loaders_[id]->load(division.sources[id].view, division.sources[id].first, box, out, local);
  } else if (op.kind == Op::Kind::Store) {
    const auto sink = static_cast<std::size_t>(op.sink);
    storers_[sink]->store(in[0], box, division.sinks[sink].view, division.sinks[sink].first, local);
  } else {
    compute(plan.nodes[id], op.node, box, in, out, worker, local);
  }
}

void PassContext::compute(const Node& node, NodeId id, const Region& box, const std::array<Block, kMaxInputs>& in, const Block& out,
                          Worker& worker, std::byte* local) const {
  if (node.kind == Node::Kind::Scripted) {
    const ScriptBlock block{plan.rank, box.shape, box.start, node.extent, plan.axes, node.halo, node.in, node.dtype, in[0], out};
    if (isStopping() || !plan.scripts[static_cast<std::size_t>(node.script)](block)) throw Error(Code::Aborted, "the run was stopped");
    return;
  }
  Call made = callFor(id, box.shape, in, out, worker, local);
  made.origin = box.start;
  call(id, made);
}

Call PassContext::callFor(NodeId id, const Index& shape, const std::array<Block, kMaxInputs>& in, const Block& out, Worker& worker,
                          std::byte* local) const {
  const Node& node = plan.nodes[static_cast<std::size_t>(id)];
  Call call;
  call.rank = plan.rank;
  call.shape = shape;
  call.extent = node.extent;
  call.axes = plan.axes;
  call.axis = node.axis;
  call.inputs = static_cast<int>(node.inputs.size());
  call.in = in;
  call.out = out;
  call.local = local;
  if (node.kind == Node::Kind::Reduce) call.state = &reductions_[static_cast<std::size_t>(id)]->stateOf(worker.index());
  mergeRows(node, call);
  return call;
}

std::vector<std::vector<double>> PassContext::results() const {
  std::vector<std::vector<double>> all;
  for (const auto& reduction : reductions_)
    if (reduction) all.push_back(reduction->results());
  return all;
}

void PassContext::fillBorderOf(const Node& stage, const Region& domain, const Scratch& input, const Region& valid) const {
  if (stage.border == Border::Computed) return;
  Region box = domain;
  bool outside = false;
  for (int a = 0; a < plan.rank; ++a) {
    box.start[a] -= stage.halo.low[a];
    box.shape[a] += stage.halo.low[a] + stage.halo.high[a];
    outside = outside || box.start[a] < 0 || box.start[a] + box.shape[a] > stage.extent[a];
  }
  if (outside) fillBorder(input, valid, box, stage.extent, stage.border, stage.borderBits);
}

void PassContext::advance(std::int64_t voxels) const {
  if (onAdvance) onAdvance(voxels);
}

}  // namespace voxline
