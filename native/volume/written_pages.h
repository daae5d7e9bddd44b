#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "volume/page_layer.h"

namespace voxline {

// The pages at `data`, numbered from `pages.begin`, of a private mapping that were written since they were
// mapped, in order; nothing where the system does not tell.
std::optional<std::vector<PageRun>> writtenPages(const std::byte* data, PageRun pages);

}  // namespace voxline
