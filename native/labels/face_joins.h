#pragma once

#include <cstdint>

#include "labels/table.h"

namespace voxline {

// Components that reach planes between slabs: an id each, joined across those planes. Ids are given slab by slab in raster order of
// first voxels, so the least id of a component stands for it.
class FaceJoins {
 public:
  explicit FaceJoins(TableSpace& space) : parents_(space), labels_(space), weights_(space) {}

  // An id for a component with a label in its slab, and a weight where the outcome needs any; the ids of a slab ascend with its labels.
  // Throws Error{Filter} beyond 2^32 ids.
  void add(std::uint32_t label);
  void add(std::uint32_t label, std::uint64_t weight);
  void join(std::uint32_t a, std::uint32_t b);

  std::uint32_t size() const { return static_cast<std::uint32_t>(parents_.size()); }
  std::uint32_t label(std::uint32_t id) const { return labels_[id]; }

  // After all joins: every id points at its root, which has the sum of all weights.
  void settle();
  bool isRoot(std::uint32_t id) const { return parents_[id] == id; }
  std::uint64_t weight(std::uint32_t root) const { return weights_[root]; }
  void setWeight(std::uint32_t root, std::uint64_t weight) { weights_[root] = weight; }

  // For every id once, in ascending order: gives it the value of its root, which is valueOf() for a root.
  template <class F>
  void resolve(std::uint32_t id, F&& valueOf) {
    const std::uint32_t root = parents_[id];
    parents_[id] = root == id ? valueOf() : parents_[root];
  }
  std::uint32_t value(std::uint32_t id) const { return parents_[id]; }
  // Weights are needed no more.
  void dropWeights() { weights_.clear(); }

 private:
  std::uint32_t rootOf(std::uint32_t id);

  Table<std::uint32_t> parents_, labels_;  // once resolved, values take the place of parents
  Table<std::uint64_t> weights_;
};

}  // namespace voxline
