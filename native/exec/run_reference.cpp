#include <algorithm>
#include <limits>

#include "base/checked.h"
#include "base/error.h"
#include "exec/executors.h"

namespace voxline {
namespace {

// All that a division needs of one node, with room for the halos of its readers.
struct Held {
  MemoryPtr memory;
  Region made;
  Index base{};
  Index stride{};

  Block block(const Region& box, DType dtype) const {
    std::ptrdiff_t offset = 0;
    for (int a = 0; a < box.rank; ++a) offset += (box.start[a] - base[a]) * stride[a];
    return {memory->data() + offset * static_cast<std::ptrdiff_t>(sizeOf(dtype)), stride};
  }
};

void poison(const Memory& memory, DType dtype) {
  visit(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T value = std::numeric_limits<T>::has_quiet_NaN ? std::numeric_limits<T>::quiet_NaN() : std::numeric_limits<T>::max();
    T* begin = reinterpret_cast<T*>(memory.data());
    std::fill(begin, begin + memory.bytes() / sizeof(T), value);
  });
}

class ReferenceRun {
 public:
  ReferenceRun(const PassContext& context, const Region& division, Worker& worker)
      : context_(context), plan_(context.plan), division_(division), worker_(worker), local_(worker.arena(referenceLocalBytes(context.plan))),
        held_(plan_.nodes.size()) {}

  void run() {
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!context_.footprint.isNeeded(id)) continue;
      if (context_.isStopping()) throw Error(Code::Aborted, "the run was stopped");
      const bool isSource = plan_.nodes[i].kind == Node::Kind::Source;
      compute({isSource ? Op::Kind::Load : Op::Kind::Compute, id, -1});
      for (std::size_t s = 0; s < plan_.sinks.size(); ++s)
        if (plan_.sinks[s].node == id) store({Op::Kind::Store, id, static_cast<int>(s)});
    }
    context_.advance(division_.size());
  }

 private:
  Held& held(NodeId id) { return held_[static_cast<std::size_t>(id)]; }

  void hold(NodeId id) {
    Held& h = held(id);
    const DType dtype = plan_.nodes[static_cast<std::size_t>(id)].dtype;
    const Region box = referenceBox(plan_, context_.footprint, id, division_);
    h.made = context_.footprint.region(id, division_);
    h.base = box.start;
    std::int64_t stride = box.shape[0] + kRowSlack;
    h.stride[0] = 1;
    for (int a = 1; a < plan_.rank; ++a) {
      h.stride[a] = stride;
      stride = checkedMul(stride, box.shape[a]);
    }
    h.memory = allocate(referenceBufferBytes(plan_, context_.footprint, id, division_), Fill::None);
    poison(*h.memory, dtype);
  }

  void compute(const Op& op) {
    const Node& node = plan_.nodes[static_cast<std::size_t>(op.node)];
    const bool reduces = node.kind == Node::Kind::Reduce;
    const Region box = reduces ? division_ : context_.footprint.region(op.node, division_);
    Block out;
    if (!reduces) {
      hold(op.node);
      out = held(op.node).block(box, node.dtype);
    }
    std::array<Block, kMaxInputs> in{};
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const Held& input = held(node.inputs[i]);
      // Masks and labels may be of another type than the first input.
      const DType dtype = plan_.nodes[static_cast<std::size_t>(node.inputs[i])].dtype;
      context_.fillBorderOf(node, box, scratchOf(input, dtype), input.made);
      in[i] = input.block(box, dtype);
    }
    context_.run(op, box, in, out, worker_, local_);
  }

  Scratch scratchOf(const Held& h, DType dtype) const {
    Scratch scratch;
    scratch.elementBytes = static_cast<int>(sizeOf(dtype));
    scratch.rank = plan_.rank;
    std::ptrdiff_t offset = 0;
    for (int a = 0; a < plan_.rank; ++a) {
      scratch.strides[a] = h.stride[a] * scratch.elementBytes;
      offset += h.base[a] * scratch.strides[a];
    }
    scratch.voxel0 = h.memory->data() - offset;
    return scratch;
  }

  void store(const Op& op) {
    std::array<Block, kMaxInputs> in{};
    in[0] = held(op.node).block(division_, plan_.nodes[static_cast<std::size_t>(op.node)].dtype);
    context_.run(op, division_, in, {}, worker_, local_);
  }

  const PassContext& context_;
  const Plan& plan_;
  const Region& division_;
  Worker& worker_;
  std::byte* local_;
  std::vector<Held> held_;
};

}  // namespace

void runReference(const PassContext& context, const Region& division, Worker& worker) {
  ReferenceRun(context, division, worker).run();
}

}  // namespace voxline
