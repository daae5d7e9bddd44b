#include "plan/tile_layout.h"

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "plan/tile_buffers.h"
#include "plan/tile_cost.h"

namespace voxline {
namespace {

constexpr std::int64_t kTileVoxels = 1 << 23;
constexpr std::int64_t kTilesPerWorker = 4;
constexpr std::int64_t kLeastLeads = 8;  // of what is computed before a part: shorter tiles are too seldom shared to count on it

class TilePlanner {
 public:
  TilePlanner(const Plan& plan, const Footprint& footprint, const TileTarget& target)
      : plan_(plan), footprint_(footprint), target_(target), stages_(plan, footprint) {}

  TileLayout run() {
    layout_.slide = slideOf(plan_.rank);
    // Who begins in the middle must not compute all before it.
    layout_.mayShare = target_.mayShare && target_.threads > 1 && layout_.slide >= 0 && !footprint_.isWholeSomewhere(layout_.slide);
    layout_.groups = stages_.groups();
    chooseTile();
    return layout_;
  }

 private:
  std::vector<std::int64_t> candidates(int axis) const {
    const std::int64_t length = target_.region.shape[axis];
    if (plan_.tile[axis] > 0 && axis == 0 && needsLeaves())
      return {std::min(length, std::max(kLeaf, plan_.tile[0] / kLeaf * kLeaf))};
    if (plan_.tile[axis] > 0) return {std::min(plan_.tile[axis], length)};
    if (footprint_.isWholeSomewhere(axis) && axis != layout_.slide) return {length};
    if (axis == 0) return rowLengths(length);
    if (axis > 2 || (axis == 2 && layout_.slide != 2))
      return {std::min<std::int64_t>(length, footprint_.longestReach(axis) > 0 ? 4 : 1)};
    if (axis == layout_.slide) return {length};
    std::vector<std::int64_t> sizes;
    for (std::int64_t pieces = 1; pieces <= length; pieces = pieces < 4 ? pieces + 1 : pieces + pieces / 2)
      sizes.push_back((length + pieces - 1) / pieces);
    return sizes;
  }

  // Whole rows, or pieces of them: wide rows leave room for so few that their halos cost more than those of shorter ones.
  std::vector<std::int64_t> rowLengths(std::int64_t length) const {
    if (plan_.rank == 1) return {std::min(length, 4 * kLeaf)};
    std::vector<std::int64_t> sizes{length <= kLeaf + kLeaf / 2 ? length : kLeaf};
    for (const std::int64_t piece : {512, 256})
      if (!needsLeaves() && 2 * piece <= length) sizes.push_back(piece);
    return sizes;
  }

  bool needsLeaves() const {
    return std::any_of(plan_.nodes.begin(), plan_.nodes.end(),
                       [](const Node& node) { return node.isOrdered(); });
  }

  std::vector<std::int64_t> steps() const {
    if (layout_.slide < 0) return {1};
    const std::int64_t length = target_.region.shape[layout_.slide];
    std::vector<std::int64_t> sizes;
    for (const std::int64_t step : {4, 8, 16, 32})
      if (step < length) sizes.push_back(step);
    if (sizes.empty() || length <= 32) sizes.push_back(length);
    return sizes;
  }

  struct Trial {
    TileLayout layout;
    double cost = 0;
  };

  void chooseTile() {
    Index tile{};
    for (int a = 0; a < plan_.rank; ++a) tile[a] = candidates(a).front();
    std::optional<Trial> best;
    const int along = plan_.rank > 2 ? 1 : -1;
    const auto ys = along > 0 ? candidates(1) : std::vector<std::int64_t>{0};
    const auto attempt = [&](std::int64_t step) {
      Trial trial{layout_, 0};
      trial.layout.tile = tile;
      trial.layout.step = layout_.slide < 0 ? 1 : std::min(step, tile[layout_.slide]);
      place(trial.layout);
      trial.cost = tileCost(trial.layout, plan_, footprint_, target_.region, target_.cache);
      if (!best || better(trial, *best)) best = std::move(trial);
    };
    for (const std::int64_t x : candidates(0))
      for (const std::int64_t y : ys) {
        tile[0] = x;
        if (along > 0) tile[1] = y;
        for (const std::int64_t step : steps()) attempt(step);
      }
    layout_ = std::move(best->layout);
    cutForThreads();
    place(layout_);
  }

  bool better(const Trial& a, const Trial& b) const {
    const bool fitsA = a.layout.localOffset <= target_.room, fitsB = b.layout.localOffset <= target_.room;
    if (fitsA != fitsB) return fitsA;
    return fitsA ? a.cost < b.cost : a.layout.localOffset < b.layout.localOffset;
  }

  // So that workers are done soonest: pieces are few beside the halos they need, many beside the workers, and as many for each of these.
  void cutForThreads() {
    std::optional<Cut> best;
    for (const std::int64_t slide : slideLengths())
      for (const std::int64_t row : rowCounts()) {
        Index tile = layout_.tile;
        if (layout_.slide >= 0) tile[layout_.slide] = slide;
        if (plan_.rank > 2) tile[1] = row;
        const Cut cut{tile, voxelsOf(tile) > kTileVoxels, timeFor(tile)};
        if (!best || cut < *best) best = cut;
      }
    layout_.tile = best->tile;
    cutRows();
  }

  struct Cut {
    Index tile;
    bool isLarge;  // to be stopped or interrupted within milliseconds
    double time;

    bool operator<(const Cut& other) const { return isLarge != other.isLarge ? other.isLarge : time < other.time; }
  };

  std::vector<std::int64_t> slideLengths() const {
    if (layout_.slide < 0) return {0};
    std::vector<std::int64_t> lengths{layout_.tile[layout_.slide]};
    if (plan_.tile[layout_.slide] > 0) return lengths;
    while (lengths.back() / 2 >= layout_.step) lengths.push_back((lengths.back() + 1) / 2);
    return lengths;
  }

  std::vector<std::int64_t> rowCounts() const {
    if (plan_.rank < 3) return {0};
    std::vector<std::int64_t> counts{layout_.tile[1]};
    if (plan_.tile[1] > 0 || footprint_.isWholeSomewhere(1)) return counts;
    const std::int64_t length = target_.region.shape[1], first = (length + counts[0] - 1) / counts[0];
    for (std::int64_t pieces = first + 1; pieces <= first + kTilesPerWorker * target_.threads; ++pieces) {
      const std::int64_t shorter = (length + pieces - 1) / pieces;
      if (shorter < 4) break;
      if (shorter < counts.back()) counts.push_back(shorter);
    }
    return counts;
  }

  std::int64_t tilesOf(const Index& tile) const {
    std::int64_t tiles = target_.regions;
    for (int a = 0; a < plan_.rank; ++a) tiles *= (target_.region.shape[a] + tile[a] - 1) / tile[a];
    return tiles;
  }

  std::int64_t voxelsOf(const Index& tile) const {
    std::int64_t voxels = 1;
    for (int a = 0; a < plan_.rank; ++a) voxels *= tile[a];
    return voxels;
  }

  // Whether workers end together although tiles are few: those of one region, long beside what is computed before a part of one.
  bool endTogether(const Index& tile) const {
    if (!layout_.mayShare || target_.regions > 1) return false;
    return tile[layout_.slide] >= kLeastLeads * footprint_.longestReach(layout_.slide) && voxelsOf(tile) >= 4 * kLeastShared;
  }

  // Modelled, until the last worker is done. One that is held up keeps the others waiting for a part of a tile, however short tiles are,
  // unless they share it.
  double timeFor(const Index& tile) const {
    TileLayout layout = layout_;
    layout.tile = tile;
    const double voxels = static_cast<double>(target_.region.size()) * static_cast<double>(target_.regions);
    const double all = tileCost(layout, plan_, footprint_, target_.region, target_.cache) * voxels;
    const std::int64_t threads = target_.threads, tiles = tilesOf(tile), turns = (tiles + threads - 1) / threads;
    if (threads == 1) return all;
    if (endTogether(tile)) return all / static_cast<double>(std::min(tiles, threads));
    const double one = all / static_cast<double>(tiles), least = all / static_cast<double>(kTilesPerWorker * threads);
    return static_cast<double>(turns) * one + 0.25 * std::max(one, least);
  }

  // Rows are cut where there are too few tiles without: planes and lines.
  void cutRows() {
    Index& tile = layout_.tile;
    if (layout_.slide == 0 || plan_.tile[0] > 0 || footprint_.isWholeSomewhere(0)) return;
    const std::int64_t wanted = target_.threads == 1 ? 1 : endTogether(tile) ? target_.threads : kTilesPerWorker * target_.threads;
    const std::int64_t shortest = std::max(kLeaf, 4 * footprint_.longestReach(0)), length = target_.region.shape[0];
    for (std::int64_t pieces = (length + tile[0] - 1) / tile[0] + 1; tilesOf(tile) < wanted; ++pieces) {
      const std::int64_t shorter = (length + pieces - 1) / pieces;
      if (shorter < shortest) break;
      tile[0] = shorter;
    }
  }

  void place(TileLayout& layout) const { placeBuffers(layout, plan_, footprint_, stages_); }

  const Plan& plan_;
  const Footprint& footprint_;
  const TileTarget& target_;
  const StageGroups stages_;
  TileLayout layout_;
};

}  // namespace

int slideOf(int rank) { return rank == 1 ? -1 : rank == 2 ? 1 : 2; }

TileLayout layOutTiles(const Plan& plan, const Footprint& footprint, const TileTarget& target) {
  return TilePlanner(plan, footprint, target).run();
}

std::vector<Region> cutTiles(const Region& region, const Index& tile, bool leaves) {
  std::vector<std::vector<Interval>> cuts(static_cast<std::size_t>(region.rank));
  for (int a = 0; a < region.rank; ++a) {
    const Interval all = region.axis(a);
    auto& pieces = cuts[static_cast<std::size_t>(a)];
    if (a == 0 && leaves && tile[0] < all.length()) {
      const std::int64_t unit = std::max<std::int64_t>(kLeaf, tile[0] / kLeaf * kLeaf);
      for (std::int64_t at = all.begin; at < all.end;) {
        const std::int64_t end = std::min(all.end, (at / unit + 1) * unit);
        pieces.push_back({at, end});
        at = end;
      }
      continue;
    }
    const std::int64_t count = (all.length() + tile[a] - 1) / tile[a];
    for (std::int64_t i = 0; i < count; ++i)
      pieces.push_back({all.begin + i * all.length() / count, all.begin + (i + 1) * all.length() / count});
  }
  std::vector<Region> tiles;
  Index at{};
  for (;;) {
    Region& piece = tiles.emplace_back(Region{region.rank, {}, {}});
    for (int a = 0; a < region.rank; ++a)
      piece.setAxis(a, cuts[static_cast<std::size_t>(a)][static_cast<std::size_t>(at[a])]);
    int a = 0;
    for (; a < region.rank; ++a) {
      if (++at[a] < static_cast<std::int64_t>(cuts[static_cast<std::size_t>(a)].size())) break;
      at[a] = 0;
    }
    if (a == region.rank) return tiles;
  }
}

std::size_t cacheBytes() {
  const long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
  return bytes > 0 ? static_cast<std::size_t>(bytes) : std::size_t{1} << 20;
}

std::size_t scratchBytes(int workers) {
  const long shared = sysconf(_SC_LEVEL3_CACHE_SIZE);
  const std::size_t own = cacheBytes(), share = shared > 0 ? static_cast<std::size_t>(shared / workers) : own;
  return std::min(4 * own, own + share);
}

}  // namespace voxline
