#include "volume/page_extents.h"

#include <algorithm>

namespace voxline {

namespace {

// Copying so many pages costs about what one mapping more does.
constexpr std::size_t kSmallGap = 8;

void append(PageExtents& extents, PageRun pages, const LayerPtr& layer) {
  if (pages.begin >= pages.end) return;
  if (!extents.empty() && extents.back().layer == layer) extents.back().pages.end = pages.end;
  else extents.push_back({pages, layer});
}

std::vector<PageRun> joinedOver(const std::vector<PageRun>& runs, std::size_t gap) {
  std::vector<PageRun> joined;
  for (const PageRun& run : runs) {
    if (!joined.empty() && run.begin - joined.back().end <= gap) joined.back().end = run.end;
    else joined.push_back(run);
  }
  return joined;
}

}  // namespace

PageExtents overlaid(const PageExtents& extents, const std::vector<PageRun>& runs, const LayerPtr& layer) {
  PageExtents result;
  auto run = runs.begin();
  for (const PageExtent& extent : extents) {
    std::size_t at = extent.pages.begin;
    while (at < extent.pages.end) {
      while (run != runs.end() && run->end <= at) ++run;
      const bool isMoved = run != runs.end() && run->begin <= at;
      std::size_t end = extent.pages.end;
      if (isMoved) end = std::min(end, run->end);
      else if (run != runs.end()) end = std::min(end, run->begin);
      append(result, {at, end}, isMoved ? layer : extent.layer);
      at = end;
    }
  }
  return result;
}

PageExtents cut(const PageExtents& extents, PageRun pages) {
  PageExtents result;
  for (const PageExtent& extent : extents)
    append(result, {std::max(extent.pages.begin, pages.begin), std::min(extent.pages.end, pages.end)},
           extent.layer);
  return result;
}

std::vector<PageRun> joinedRuns(const PageExtents& extents, const std::vector<PageRun>& runs,
                                std::size_t limit) {
  for (std::size_t gap = kSmallGap;; gap *= 2) {
    std::vector<PageRun> joined = joinedOver(runs, gap);
    if (overlaid(extents, joined, nullptr).size() <= limit) return joined;
    if (joined.size() <= 1) return {{extents.front().pages.begin, extents.back().pages.end}};
  }
}

}  // namespace voxline
