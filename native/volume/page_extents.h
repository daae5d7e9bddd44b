#pragma once

#include <cstddef>
#include <vector>

#include "volume/page_layer.h"

namespace voxline {

// Pages that one layer holds.
struct PageExtent {
  PageRun pages;
  LayerPtr layer;
};

// Where the pages of an allocation lie: in order, without gaps, neighbours in different layers.
using PageExtents = std::vector<PageExtent>;

// The extents with `runs` (in order, apart) moved to `layer`.
PageExtents overlaid(const PageExtents& extents, const std::vector<PageRun>& runs, const LayerPtr& layer);

// What the extents say of `pages`.
PageExtents cut(const PageExtents& extents, PageRun pages);

// Joins runs over small gaps, and over larger ones until at most `limit` extents are left when they are moved
// to a layer of their own; all pages if need be.
std::vector<PageRun> joinedRuns(const PageExtents& extents, const std::vector<PageRun>& runs,
                                std::size_t limit);

}  // namespace voxline
