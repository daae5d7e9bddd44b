#include "exec/carried_rows.h"

#include <algorithm>

#include "volume/copy.h"

namespace voxline {
namespace {

// Rows lie behind one another in slots: the axis of slabs is the slowest.
View ringView(const Region& ring, int axis, DType dtype) {
  View view;
  view.dtype = dtype;
  view.rank = ring.rank;
  view.shape = ring.shape;
  auto stride = static_cast<std::int64_t>(sizeOf(dtype));
  for (int a = 0; a < ring.rank; ++a) {
    if (a == axis) continue;
    view.strides[a] = stride;
    stride *= ring.shape[a];
  }
  view.strides[axis] = stride;
  view.memory = allocate(static_cast<std::size_t>(stride * ring.shape[axis]), Fill::None);
  view.data = view.memory->data();
  return view;
}

View scratchView(const Block& block, const Region& box, DType dtype) {
  View view;
  view.data = static_cast<std::byte*>(block.data);
  view.dtype = dtype;
  view.rank = box.rank;
  view.shape = box.shape;
  for (int a = 0; a < box.rank; ++a) view.strides[a] = block.stride[a] * static_cast<std::int64_t>(sizeOf(dtype));
  return view;
}

}  // namespace

CarriedRows::CarriedRows(const Plan& plan, const Carry& carry) : plan_(plan), carry_(carry), rings_(plan.nodes.size()) {
  for (std::size_t i = 0; i < plan.nodes.size(); ++i)
    if (const auto id = static_cast<NodeId>(i); carry.hasRing(id)) rings_[i] = ringView(carry.ring(id), carry.axis(), plan.nodes[i].dtype);
}

// Rows that stay keep their slots, the others' are free again.
std::int64_t CarriedRows::slotAfter(NodeId node, std::int64_t slot, const Region& division) const {
  return (slot + std::min(carry_.rows(node), division.shape[carry_.axis()])) % carry_.capacity(node);
}

CarriedRows::Slots CarriedRows::slotsAfter(const Slots& slots, const Region& division) const {
  Slots after = slots;
  for (std::size_t i = 0; i < after.size(); ++i)
    if (const auto id = static_cast<NodeId>(i); carry_.hasRing(id)) after[i] = slotAfter(id, slots[i], division);
  return after;
}

template <class F>
void CarriedRows::eachPiece(NodeId node, Interval window, std::int64_t first, const Region& box, const Block& scratch, F&& f) const {
  const int axis = carry_.axis();
  const bool descending = carry_.descending();
  const Region held = carry_.ring(node);
  View ring = rings_[static_cast<std::size_t>(node)];
  View rows = scratchView(scratch, box, ring.dtype);
  for (int a = 0; a < ring.rank; ++a)
    if (a != axis) ring.data += (box.start[a] - held.start[a]) * ring.strides[a];
  const std::int64_t capacity = ring.shape[axis], slotBytes = ring.strides[axis], length = box.shape[axis];
  ring.shape = box.shape;
  if (descending) ring.strides[axis] = -slotBytes;
  std::byte *const slot0 = ring.data, *const row0 = rows.data;
  const Interval wanted = box.axis(axis);
  const std::int64_t before = descending ? window.end - wanted.end : wanted.begin - window.begin;
  for (std::int64_t done = 0; done < length; done += ring.shape[axis]) {
    const std::int64_t slot = (first + before + done) % capacity;
    const std::int64_t count = std::min(length - done, capacity - slot);
    ring.shape[axis] = rows.shape[axis] = count;
    ring.data = slot0 + (descending ? slot + count - 1 : slot) * slotBytes;
    rows.data = row0 + (descending ? length - done - count : done) * rows.strides[axis];
    f(ring, rows);
  }
}

void CarriedRows::take(NodeId node, const Region& division, const Slots& slots, const Region& box, const Block& to) const {
  const std::int64_t first = slots[static_cast<std::size_t>(node)];
  eachPiece(node, carry_.taken(node, division), first, box, to, [](const View& ring, const View& rows) { copyDisjoint(ring, rows); });
}

void CarriedRows::leave(NodeId node, const Region& division, const Slots& slots, const Region& box, const Block& from) const {
  const std::int64_t first = slotAfter(node, slots[static_cast<std::size_t>(node)], division);
  eachPiece(node, carry_.left(node, division), first, box, from, [](const View& ring, const View& rows) { copyDisjoint(rows, ring); });
}

}  // namespace voxline
