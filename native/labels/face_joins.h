#pragma once

#include <cstdint>
#include <vector>

#include "labels/slab.h"

namespace voxline {

// Runs of one plane of a slab, kept until the next slab is known.
struct Face {
  std::vector<std::uint32_t> edges, first, ids;

  Runs runs() { return {edges.data(), first.data(), ids.data(), static_cast<std::int64_t>(first.size()) - 1, static_cast<std::uint32_t>(ids.size())}; }
};

// Components that reach planes between slabs: an id each, joined across those planes. Ids are given slab by slab in raster order of
// first voxels, so the least id of a component stands for it.
class FaceJoins {
 public:
  struct Facts {
    std::uint64_t voxels = 0;
    bool isMarked = false;
  };

  // Ids for `count` components; the first of them. `facts` is empty or has one for each. Throws Error{Filter} beyond 2^32 ids.
  std::uint32_t add(std::size_t count, const std::vector<Facts>& facts);
  void join(std::uint32_t a, std::uint32_t b);

  bool isRoot(std::uint32_t id) const { return parents_[id] == id; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(parents_.size()); }

  // After all joins: every id points at its root, which has the facts of all.
  void settle();
  const Facts& facts(std::uint32_t root) const { return facts_[root]; }
  void setValue(std::uint32_t root, std::uint32_t value) { values_[root] = value; }
  // Gives every id its root's value and drops what is needed no more.
  void spread();
  std::uint32_t value(std::uint32_t id) const { return values_[id]; }

  std::int64_t bytes() const;

 private:
  std::uint32_t rootOf(std::uint32_t id);

  std::vector<std::uint32_t> parents_, values_;
  std::vector<Facts> facts_;
};

}  // namespace voxline
