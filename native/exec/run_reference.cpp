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
  ReferenceRun(const PassContext& context, const Division& division, Worker& worker)
      : context_(context), plan_(context.plan), division_(division), carry_(context.carry), worker_(worker), local_(worker.arena(referenceLocalBytes(context.plan))),
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
    context_.advance(division_.region.size());
  }

 private:
  Held& held(NodeId id) { return held_[static_cast<std::size_t>(id)]; }

  void hold(NodeId id) {
    Held& h = held(id);
    const DType dtype = plan_.nodes[static_cast<std::size_t>(id)].dtype;
    const Region box = referenceBox(plan_, context_.footprint, id, division_.region);
    h.made = context_.footprint.region(id, division_.region);
    if (!carry_.isFirst(division_.region)) h.made.setAxis(carry_.axis(), hull(carry_.held(id, division_.region), carry_.fresh(id, division_.region)));
    h.base = box.start;
    std::int64_t stride = box.shape[0] + kRowSlack;
    h.stride[0] = 1;
    for (int a = 1; a < plan_.rank; ++a) {
      h.stride[a] = stride;
      stride = checkedMul(stride, box.shape[a]);
    }
    h.memory = allocate(referenceBufferBytes(plan_, context_.footprint, id, division_.region), Fill::None);
    poison(*h.memory, dtype);
  }

  void compute(const Op& op) {
    const Node& node = plan_.nodes[static_cast<std::size_t>(op.node)];
    const bool reduces = node.kind == Node::Kind::Reduce;
    if (!reduces) hold(op.node);
    const bool isSource = node.kind == Node::Kind::Source;
    const Region box = reduces ? division_.region : isSource ? held(op.node).made : carry_.computed(op.node, division_.region);
    if (box.size() > 0) computeBox(op, box);
    if (!reduces && !isSource && carry_.hasRing(op.node)) carry(op.node, node.dtype);
  }

  void computeBox(const Op& op, const Region& box) {
    const Node& node = plan_.nodes[static_cast<std::size_t>(op.node)];
    const Block out = node.kind == Node::Kind::Reduce ? Block{} : held(op.node).block(box, node.dtype);
    std::array<Block, kMaxInputs> in{};
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const Held& input = held(node.inputs[i]);
      // Masks and labels may be of another type than the first input.
      const DType dtype = plan_.nodes[static_cast<std::size_t>(node.inputs[i])].dtype;
      context_.fillBorderOf(node, box, scratchOf(input, dtype), input.made);
      in[i] = input.block(box, dtype);
    }
    context_.run(op, division_, box, in, out, worker_, local_);
  }

  // What was held lies beside what has been made; what the next division reads of that is left to it.
  void carry(NodeId id, DType dtype) {
    const Region& division = division_.region;
    const Interval fresh = carry_.fresh(id, division);
    Region rows = held(id).made;
    rows.setAxis(carry_.axis(), carry_.held(id, division));
    if (rows.size() > 0) context_.carried.take(id, division, division_.slots, rows, held(id).block(rows, dtype));
    if (carry_.isLast(division)) return;
    rows.setAxis(carry_.axis(), clip(carry_.left(id, division), fresh));
    if (rows.size() > 0) context_.carried.leave(id, division, division_.slots, rows, held(id).block(rows, dtype));
  }

  Scratch scratchOf(const Held& h, DType dtype) const {
    return scratchFrom(h.memory->data(), h.base, h.stride, plan_.rank, sizeOf(dtype));
  }

  void store(const Op& op) {
    std::array<Block, kMaxInputs> in{};
    in[0] = held(op.node).block(division_.region, plan_.nodes[static_cast<std::size_t>(op.node)].dtype);
    context_.run(op, division_, division_.region, in, {}, worker_, local_);
  }

  const PassContext& context_;
  const Plan& plan_;
  const Division& division_;
  const Carry& carry_;
  Worker& worker_;
  std::byte* local_;
  std::vector<Held> held_;
};

}  // namespace

void runReference(const PassContext& context, const Division& division, Worker& worker) {
  ReferenceRun(context, division, worker).run();
}

}  // namespace voxline
