#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "kernel/kernel.h"
#include "volume/memory.h"

namespace voxline {

// One reduction of a pass: a state per worker, and a total that takes in full states and, in the end, all of them. The first worker's is
// the total where none was full.
class Reduction {
 public:
  Reduction(const KernelInfo& kernel, const ParamBlock& params, int rank)
      : kernel_(kernel), params_(params), rank_(rank) {}

  // The worker's own state, started when first asked for; only that worker may touch what it holds.
  ReduceState& stateOf(int worker);
  // Once all workers have ended. Throws Error{Memory} when there is no room for the total.
  std::vector<double> results();

 private:
  struct Held : ReduceState {
    Reduction* owner = nullptr;
    MemoryPtr memory;
    std::size_t bytes = 0;
  };

  std::unique_ptr<Held> started(std::size_t bytes);
  void empty(Held& state);
  void add(const Held& state);

  const KernelInfo& kernel_;
  const ParamBlock& params_;
  int rank_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Held>> states_;  // per worker
  std::unique_ptr<Held> total_;
};

}  // namespace voxline
