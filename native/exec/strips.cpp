#include "exec/strips.h"

#include <algorithm>

#include "exec/merge_axes.h"
#include "exec/stage_clock.h"

namespace voxline {
namespace {

constexpr std::int64_t kStripBytes = 8 * 1024;  // of scratch: half of the smallest first-level cache, for a core's two threads
constexpr std::int64_t kLongest = 1 << 14;      // voxels
constexpr std::int64_t kShortest = 64;
constexpr std::int64_t kShortestRow = 512;      // chunks of many rows are better than shorter ones
constexpr std::uint64_t kTimedStrips = 16;

bool suits(const Node& node) {
  if (node.kind == Node::Kind::Source) return true;
  if (!node.kernel) return false;
  return node.kernel->shape == KernelShape::Point || (node.kernel->shape == KernelShape::Reduce && !node.isOrdered());
}

}  // namespace

Strips::Strips(const PassContext& context, const Group& group, Worker& worker, std::byte* arena, std::byte* local)
    : context_(context), local_(local), possible_(true), voxels_(context.plan.nodes.size()) {
  possible_ = prepare(group, worker, arena);
  if (possible_) chooseLength();
  possible_ = possible_ && length_ >= kShortest;
}

bool Strips::prepare(const Group& group, Worker& worker, std::byte* arena) {
  steps_.reserve(group.ops.size());
  for (const Op& op : group.ops) {
    const Node& node = context_.plan.nodes[static_cast<std::size_t>(op.node)];
    const Buffer& buffer = context_.pass.layout.buffers[static_cast<std::size_t>(op.node)];
    if (!suits(node) || (buffer.used && !buffer.isChunk)) return false;
    if (op.kind == Op::Kind::Store && !hasStep(op.node)) return false;
    Step step;
    step.op = op;
    if (op.kind != Op::Kind::Store && buffer.used) step.made = arena + buffer.offset;
    if (op.kind == Op::Kind::Load && readsSource(group, op.node)) step.made = nullptr;
    if (op.kind == Op::Kind::Compute) {
      for (const NodeId input : node.inputs)
        if (!hasStep(input)) return false;
      step.call = context_.callFor(op.node, Index{1, 1, 1, 1, 1, 1, 1, 1}, {}, {}, worker, local_);
      step.call.rank = 1;
      for (Block& block : step.call.in) block.stride[0] = 1;
      step.call.out.stride[0] = 1;
      step.call.out.data = step.made;
    }
    steps_.push_back(step);
  }
  for (Step& step : steps_)
    if (step.op.kind != Op::Kind::Compute) strides_.push_back(&step.rows.stride);
  return !strides_.empty();
}

bool Strips::hasStep(NodeId node) const {
  return std::any_of(steps_.begin(), steps_.end(), [=](const Step& step) { return step.op.node == node; });
}

// Where the voxels are as wanted, and nobody reads beyond the ends of rows: a volume has no slack.
bool Strips::readsSource(const Group& group, NodeId source) const {
  if (context_.loader(source).converts()) return false;
  return std::none_of(group.ops.begin(), group.ops.end(), [&](const Op& op) {
    const Node& node = context_.plan.nodes[static_cast<std::size_t>(op.node)];
    const bool reads = std::find(node.inputs.begin(), node.inputs.end(), source) != node.inputs.end();
    const bool isExact = node.kernel && node.kernel->exact;
    return op.kind == Op::Kind::Compute && reads && !isExact;
  });
}

void Strips::chooseLength() {
  std::int64_t perVoxel = 0;
  length_ = kLongest;
  for (auto step = steps_.begin(); step != steps_.end(); ++step) {
    if (!step->made) continue;
    const auto size = static_cast<std::int64_t>(sizeOf(context_.plan.nodes[static_cast<std::size_t>(step->op.node)].dtype));
    const Buffer& buffer = context_.pass.layout.buffers[static_cast<std::size_t>(step->op.node)];
    length_ = std::min(length_, static_cast<std::int64_t>(buffer.bytes) / size - kRowSlack);
    // Stages that write over their input share its bytes.
    if (std::none_of(steps_.begin(), step, [&](const Step& other) { return other.made == step->made; })) perVoxel += size;
  }
  if (perVoxel > 0) length_ = std::min(length_, std::max(kStripBytes / perVoxel, 2 * kShortest));
  length_ -= length_ % kShortest;
}

bool Strips::place(const Division& division, const Region& domain) {
  for (Step& step : steps_) {
    if (step.op.kind == Op::Kind::Compute) continue;
    const bool loads = step.op.kind == Op::Kind::Load;
    const auto& all = loads ? division.sources : division.sinks;
    const Staged& staged = all[static_cast<std::size_t>(loads ? step.op.node : step.op.sink)];
    step.rows = blockIn(staged.view, staged.first, domain);
    step.bytes = static_cast<std::int64_t>(sizeOf(staged.view.dtype));
  }
  box_ = domain;
  box_.rank = mergeAxes(domain.rank, box_.shape, strides_);
  const bool inRows = std::all_of(strides_.begin(), strides_.end(), [](const Index* stride) { return (*stride)[0] == 1; });
  return inRows && box_.shape[0] >= kShortestRow;
}

bool Strips::run(const Division& division, const Region& domain) {
  if (!possible_ || domain.size() == 0 || !place(division, domain)) return false;
  Index at{};
  for (;;) {
    for (Step& step : steps_) {
      std::ptrdiff_t offset = 0;
      for (int a = 1; a < box_.rank; ++a) offset += at[a] * step.rows.stride[a];
      step.row = static_cast<std::byte*>(step.rows.data) + offset * step.bytes;
    }
    runRow();
    int a = 1;
    for (; a < box_.rank; ++a) {
      if (++at[a] < box_.shape[a]) break;
      at[a] = 0;
    }
    if (a >= box_.rank) return true;
  }
}

void Strips::runRow() {
  for (std::int64_t x = 0; x < box_.shape[0]; x += length_) {
    const std::int64_t n = std::min(length_, box_.shape[0] - x);
    if (strips_++ % kTimedStrips != 0) {
      for (Step& step : steps_) runStep(step, x, n);
      continue;
    }
    std::int64_t before = stageClock();
    for (Step& step : steps_) {
      runStep(step, x, n);
      const std::int64_t after = stageClock();
      context_.nanoseconds[static_cast<std::size_t>(step.op.node)].fetch_add((after - before) * static_cast<std::int64_t>(kTimedStrips),
                                                                             std::memory_order_relaxed);
      before = after;
    }
  }
}

void Strips::runStep(Step& step, std::int64_t x, std::int64_t n) {
  const NodeId id = step.op.node;
  const std::byte*& voxels = voxels_[static_cast<std::size_t>(id)];
  if (step.op.kind == Op::Kind::Store) {
    context_.storer(step.op.sink).storeRow(voxels, step.row + x * step.bytes, n, local_);
  } else if (step.op.kind == Op::Kind::Load) {
    const std::byte* source = step.row + x * step.bytes;
    if (step.made) context_.loader(id).loadRow(source, step.made, n);
    voxels = step.made ? step.made : source;
  } else {
    Call& call = step.call;
    call.shape[0] = n;
    for (int i = 0; i < call.inputs; ++i) {
      const NodeId input = context_.plan.nodes[static_cast<std::size_t>(id)].inputs[static_cast<std::size_t>(i)];
      call.in[static_cast<std::size_t>(i)].data = const_cast<std::byte*>(voxels_[static_cast<std::size_t>(input)]);
    }
    context_.call(id, call);
    voxels = step.made;
  }
}

}  // namespace voxline
