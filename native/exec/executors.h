#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "exec/pass_context.h"

namespace voxline {

class Stretch;
class TileRun;

// The fused executor: carries tiles through all stages in the workers' scratch, a window of slices sliding along one axis. What is worked
// out for one tile of a pass serves the worker's next ones too.
class TileRuns {
 public:
  explicit TileRuns(const PassContext& context);
  ~TileRuns();

  // Takes over what the division before has left of each node where the tile lies at that end of the division, and leaves what the next
  // one will read where it lies at the other. What others take of the tile meanwhile is left to them. Throws Error{Aborted} soon after the
  // pass is stopped.
  void run(const Division& division, Stretch& tile, Worker& worker);

 private:
  TileRun& runOf(Worker& worker);

  const PassContext& context_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<TileRun>> runs_;  // per worker
};

// The reference executor: a division's stages one after another, each over all it needs, in memory of its own. What no stage is
// entitled to read holds NaN (integers: the greatest value).
void runReference(const PassContext& context, const Division& division, Worker& worker);

}  // namespace voxline
