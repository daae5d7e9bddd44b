#pragma once

#include <atomic>
#include <functional>

#include "volume/view.h"

namespace voxline {

// Fills `to` with a region of a source that the host language computes; axes are the volume's own. The calling thread waits. Throws
// Error{Aborted} when `stop` is set meanwhile, and Error{Filter} when the host fails.
using Supply = std::function<void(const Region& region, const View& to, const std::atomic<bool>& stop)>;

}  // namespace voxline
