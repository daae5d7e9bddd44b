#include "labels/face_joins.h"

#include <limits>
#include <utility>

#include "base/error.h"

namespace voxline {

void FaceJoins::add(std::uint32_t label) {
  const std::size_t id = parents_.size();
  if (id == std::numeric_limits<std::uint32_t>::max())
    throw Error(Code::Filter, "the volume has more components than 32-bit labels can number");
  parents_.push(static_cast<std::uint32_t>(id));
  labels_.push(label);
}

void FaceJoins::add(std::uint32_t label, std::uint64_t weight) {
  add(label);
  weights_.push(weight);
}

std::uint32_t FaceJoins::rootOf(std::uint32_t id) {
  while (parents_[id] != id) {
    parents_[id] = parents_[parents_[id]];
    id = parents_[id];
  }
  return id;
}

void FaceJoins::join(std::uint32_t a, std::uint32_t b) {
  if (parents_[a] == parents_[b]) return;
  a = rootOf(a);
  b = rootOf(b);
  if (a > b) std::swap(a, b);
  parents_[b] = a;
}

void FaceJoins::settle() {
  const bool isWeighed = weights_.size() > 0;
  for (std::uint32_t id = 0; id < size(); ++id) {
    const std::uint32_t root = parents_[id] = parents_[parents_[id]];
    if (root != id && isWeighed) weights_[root] += weights_[id];
  }
}

}  // namespace voxline
