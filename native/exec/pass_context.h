#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "exec/box_io.h"
#include "exec/carried_rows.h"
#include "exec/pool.h"
#include "exec/reduction.h"
#include "plan/pass.h"

namespace voxline {

// Where a source's or sink's voxels lie in memory during one division: a view and the index of its first voxel in the volume.
struct Staged {
  View view;
  Index first{};
};

// One division on its way through a pass.
struct Division {
  Region region;
  std::vector<Staged> sources;  // per node
  std::vector<Staged> sinks;    // per sink
  CarriedRows::Slots slots;     // of what it takes over
};

// Everything that workers of one pass share. Only the counters change while they work.
class PassContext {
 public:
  PassContext(const Plan& plan, const Footprint& footprint, const Pass& pass, const std::atomic<bool>& stop);

  const Plan& plan;
  const Footprint& footprint;
  const Pass& pass;
  const std::atomic<bool>& stop;

  const Carry carry;
  const CarriedRows carried;

  void run(const Op& op, const Division& division, const Region& box, const std::array<Block, kMaxInputs>& in, const Block& out, Worker& worker,
           std::byte* local) const;
  // A kernel's call for boxes of one shape, complete but for where a box lies: origin and the blocks' data. Neither changes how rows
  // are merged.
  Call callFor(NodeId node, const Index& shape, const std::array<Block, kMaxInputs>& in, const Block& out, Worker& worker,
               std::byte* local) const;
  void call(NodeId node, const Call& call) const {
    kernels_[static_cast<std::size_t>(node)](plan.nodes[static_cast<std::size_t>(node)].params, call);
  }
  const BoxLoader& loader(NodeId source) const { return *loaders_[static_cast<std::size_t>(source)]; }
  const BoxStorer& storer(int sink) const { return *storers_[static_cast<std::size_t>(sink)]; }
  std::vector<std::vector<double>> results() const;

  // Fills what a stage reads of an input outside the volume.
  void fillBorderOf(const Node& stage, const Region& domain, const Scratch& input, const Region& valid) const;

  bool isStopping() const { return stop.load(std::memory_order_relaxed); }
  void advance(std::int64_t voxels) const;
  std::function<void(std::int64_t voxels)> onAdvance;

  mutable std::vector<std::atomic<std::int64_t>> nanoseconds;  // per node

 private:
  void compute(const Node& node, NodeId id, const Region& box, const std::array<Block, kMaxInputs>& in, const Block& out,
               Worker& worker, std::byte* local) const;

  std::vector<RunKernel> kernels_;
  std::vector<std::unique_ptr<BoxLoader>> loaders_;
  std::vector<std::unique_ptr<BoxStorer>> storers_;
  std::vector<std::unique_ptr<Reduction>> reductions_;  // per node
};

}  // namespace voxline
