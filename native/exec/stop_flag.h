#pragma once

#include <atomic>
#include <memory>

namespace voxline {

// Set by whoever wants a run to stop; looked at by workers between steps and by readers and writers between blocks.
using StopFlag = std::shared_ptr<std::atomic<bool>>;

}  // namespace voxline
