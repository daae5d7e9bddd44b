#include "labels/face_joins.h"

#include <limits>
#include <utility>

#include "base/error.h"

namespace voxline {

std::uint32_t FaceJoins::add(std::size_t count, const std::vector<Facts>& facts) {
  const std::size_t first = parents_.size();
  if (first + count > std::numeric_limits<std::uint32_t>::max())
    throw Error(Code::Filter, "the volume has more components than 32-bit labels can number");
  for (std::size_t i = 0; i < count; ++i) parents_.push_back(static_cast<std::uint32_t>(first + i));
  facts_.insert(facts_.end(), facts.begin(), facts.end());
  return static_cast<std::uint32_t>(first);
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
  for (std::uint32_t id = 0; id < size(); ++id) {
    const std::uint32_t root = parents_[id] = parents_[parents_[id]];
    if (root == id || facts_.empty()) continue;
    facts_[root].voxels += facts_[id].voxels;
    facts_[root].isMarked |= facts_[id].isMarked;
  }
  values_.assign(parents_.size(), 0);
}

void FaceJoins::spread() {
  for (std::uint32_t id = 0; id < size(); ++id) values_[id] = values_[parents_[id]];
  parents_ = {};
  facts_ = {};
}

std::int64_t FaceJoins::bytes() const {
  return static_cast<std::int64_t>(sizeof(std::uint32_t) * (parents_.capacity() + values_.capacity()) + sizeof(Facts) * facts_.capacity());
}

}  // namespace voxline
