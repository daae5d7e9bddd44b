#pragma once

#include <vector>

#include "exec/pass_context.h"

namespace voxline {

// Carries rows through a group whose stages look at single voxels, where all that is loaded and stored lies in rows in memory: a strip
// of a few KB goes through all stages, the first of which may read the source itself. Gives the bytes that chunks give.
class Strips {
 public:
  Strips(const PassContext& context, const Group& group, Worker& worker, std::byte* arena, std::byte* local);

  // Computes a domain of a division; false, and nothing is done, where stages or voxels are not of that kind.
  bool run(const Division& division, const Region& domain);

 private:
  struct Step {
    Op op;
    Call call;                   // of a kernel
    std::byte* made = nullptr;   // where its voxels go in scratch; null where the source's own are read
    Block rows;                  // of a load or store, in memory
    std::byte* row = nullptr;    // the current one
    std::int64_t bytes = 0;      // of a voxel there
  };

  bool prepare(const Group& group, Worker& worker, std::byte* arena);
  bool hasStep(NodeId node) const;
  bool readsSource(const Group& group, NodeId source) const;
  void chooseLength();
  bool place(const Division& division, const Region& domain);
  void runRow();
  void runStep(Step& step, std::int64_t x, std::int64_t n);

  const PassContext& context_;
  std::byte* local_;
  bool possible_;
  std::vector<Step> steps_;
  std::vector<const std::byte*> voxels_;  // per node: those of the current strip
  std::vector<Index*> strides_;           // of what lies in memory
  Region box_;                            // the domain, its axes joined where they can be
  std::int64_t length_ = 0;               // of a strip
  std::uint64_t strips_ = 0;
};

}  // namespace voxline
