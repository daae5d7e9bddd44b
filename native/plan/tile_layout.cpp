#include "plan/tile_layout.h"

#include <unistd.h>

#include <algorithm>

#include "base/checked.h"

namespace voxline {
namespace {

constexpr std::size_t kChunkBytes = 16 * 1024;
constexpr std::int64_t kCacheLine = 64;
constexpr std::int64_t kScriptVoxels = 16384;  // about a millisecond of the host's thread

const Node& nodeOf(const Plan& plan, NodeId id) { return plan.nodes[static_cast<std::size_t>(id)]; }

// A consumer of a node: a stage with its halo, or a sink.
struct Consumer {
  NodeId node = -1;  // -1: a sink
  const Halo* halo = nullptr;
  Halo outside;  // how far outside the volume it reads
};

std::vector<std::vector<Consumer>> consumersOf(const Plan& plan, const Footprint& footprint) {
  std::vector<std::vector<Consumer>> all(plan.nodes.size());
  for (std::size_t i = 0; i < plan.nodes.size(); ++i)
    if (footprint.isNeeded(static_cast<NodeId>(i)))
      for (const NodeId input : plan.nodes[i].inputs)
        all[static_cast<std::size_t>(input)].push_back(
            {static_cast<NodeId>(i), &plan.nodes[i].halo, footprint.outside(static_cast<NodeId>(i))});
  for (const Sink& sink : plan.sinks) all[static_cast<std::size_t>(sink.node)].push_back({});
  return all;
}

bool isWide(const Halo& halo, int rank) {
  for (int a = 0; a < rank; ++a)
    if (halo.low[a] > 0 || halo.high[a] > 0) return true;
  return false;
}

class TilePlanner {
 public:
  TilePlanner(const Plan& plan, const Footprint& footprint, const TileTarget& target)
      : plan_(plan), footprint_(footprint), target_(target), consumers_(consumersOf(plan, footprint)) {}

  TileLayout run() {
    layout_.slide = plan_.rank == 1 ? -1 : plan_.rank == 2 ? 1 : 2;
    makeGroups();
    chooseTile();
    return layout_;
  }

 private:
  // --- groups

  void makeGroups() {
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!footprint_.isNeeded(id)) continue;
      const Node& node = plan_.nodes[i];
      const bool isSource = node.kind == Node::Kind::Source;
      add({isSource ? Op::Kind::Load : Op::Kind::Compute, id, -1}, node.kind == Node::Kind::Reduce ? -1 : id);
      for (std::size_t s = 0; s < plan_.sinks.size(); ++s)
        if (plan_.sinks[s].node == id) add({Op::Kind::Store, id, static_cast<int>(s)}, -1);
    }
  }

  bool isChunked(const Op& op) const {
    const KernelInfo* kernel = nodeOf(plan_, op.node).kernel;
    return op.kind != Op::Kind::Compute || !kernel || kernel->chunked;
  }

  bool sameReach(NodeId a, NodeId b) const {
    if (a >= 0 && b >= 0) return footprint_.sameReach(a, b);
    if (a < 0 && b < 0) return true;
    const NodeId node = std::max(a, b);
    for (int axis = 0; axis < plan_.rank; ++axis)
      if (footprint_.isWhole(node, axis)) return false;
    return !isWide(footprint_.reach(node), plan_.rank);
  }

  bool madeIn(const Group& group, NodeId node) const {
    return std::any_of(group.ops.begin(), group.ops.end(),
                       [&](const Op& op) { return op.kind != Op::Kind::Store && op.node == node; });
  }

  bool joins(const Group& group, const Op& op, NodeId reach) const {
    if (!group.chunked || !isChunked(op) || !sameReach(group.reach, reach)) return false;
    if (op.kind == Op::Kind::Load) return group.ops.back().kind == Op::Kind::Load;
    const Node& node = nodeOf(plan_, op.node);
    if (op.kind == Op::Kind::Store) return true;
    if (!isWide(node.halo, plan_.rank)) return true;
    return std::none_of(node.inputs.begin(), node.inputs.end(),
                        [&](NodeId in) { return madeIn(group, in) || bordersOtherwise(group, in, node); });
  }

  // Borders are filled before a group runs: two stages that want other values around one input cannot share a group.
  bool bordersOtherwise(const Group& group, NodeId input, const Node& reader) const {
    return std::any_of(group.ops.begin(), group.ops.end(), [&](const Op& op) {
      const Node& other = nodeOf(plan_, op.node);
      const bool reads = op.kind == Op::Kind::Compute &&
                         std::find(other.inputs.begin(), other.inputs.end(), input) != other.inputs.end();
      return reads && isWide(other.halo, plan_.rank) &&
             (other.border != reader.border || other.borderBits != reader.borderBits);
    });
  }

  void add(const Op& op, NodeId reach) {
    auto& groups = layout_.groups;
    if (groups.empty() || !joins(groups.back(), op, reach)) groups.push_back({{}, reach, isChunked(op), {}});
    groups.back().ops.push_back(op);
  }

  std::size_t groupOf(NodeId node) const {
    for (std::size_t g = 0; g < layout_.groups.size(); ++g)
      if (madeIn(layout_.groups[g], node)) return g;
    return 0;
  }

  // The last group that reads the node.
  std::size_t lastUse(NodeId node) const {
    std::size_t last = groupOf(node);
    for (std::size_t g = 0; g < layout_.groups.size(); ++g)
      for (const Op& op : layout_.groups[g].ops) {
        const auto& inputs = nodeOf(plan_, op.node).inputs;
        const bool reads = op.kind == Op::Kind::Store
                               ? op.node == node
                               : std::find(inputs.begin(), inputs.end(), node) != inputs.end();
        if (reads) last = std::max(last, g);
      }
    return last;
  }

  // --- tile and step

  bool isWholeSomewhere(int axis) const {
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i)
      if (footprint_.isNeeded(static_cast<NodeId>(i)) && footprint_.isWhole(static_cast<NodeId>(i), axis)) return true;
    return false;
  }

  std::int64_t reachAlong(int axis) const {
    std::int64_t reach = 0;
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      const Halo& halo = footprint_.reach(static_cast<NodeId>(i));
      if (footprint_.isNeeded(static_cast<NodeId>(i))) reach = std::max(reach, halo.low[axis] + halo.high[axis]);
    }
    return reach;
  }

  std::vector<std::int64_t> candidates(int axis) const {
    const std::int64_t length = target_.region.shape[axis];
    if (plan_.tile[axis] > 0 && axis == 0 && needsLeaves()) return {std::min(length, std::max(kLeaf, plan_.tile[0] / kLeaf * kLeaf))};
    if (plan_.tile[axis] > 0) return {std::min(plan_.tile[axis], length)};
    if (isWholeSomewhere(axis) && axis != layout_.slide) return {length};
    if (axis == 0) return rowLengths(length);
    if (axis > 2 || (axis == 2 && layout_.slide != 2)) return {std::min<std::int64_t>(length, reachAlong(axis) > 0 ? 4 : 1)};
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
                       [](const Node& node) { return node.kernel && node.kernel->ordered; });
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

  void chooseTile() {
    Index tile{};
    for (int a = 0; a < plan_.rank; ++a) tile[a] = candidates(a).front();
    TileLayout best;
    bool found = false;
    const int along = plan_.rank > 2 ? 1 : -1;
    const auto ys = along > 0 ? candidates(1) : std::vector<std::int64_t>{0};
    const auto attempt = [&](std::int64_t step) {
      TileLayout trial = layout_;
      trial.tile = tile;
      trial.step = layout_.slide < 0 ? 1 : std::min(step, tile[layout_.slide]);
      place(trial);
      if (!found || better(trial, best)) best = std::move(trial);
      found = true;
    };
    for (const std::int64_t x : candidates(0))
      for (const std::int64_t y : ys) {
        tile[0] = x;
        if (along > 0) tile[1] = y;
        for (const std::int64_t step : steps()) attempt(step);
      }
    layout_ = std::move(best);
    cutForThreads();
    place(layout_);
  }

  bool better(const TileLayout& a, const TileLayout& b) const {
    const bool fitsA = a.localOffset <= target_.cache, fitsB = b.localOffset <= target_.cache;
    if (fitsA != fitsB) return fitsA;
    return fitsA ? a.cost < b.cost : a.localOffset < b.localOffset;
  }

  // At least four tiles per worker where the shape allows; pieces along the sliding axis stay long beside their halo.
  void cutForThreads() {
    Index& tile = layout_.tile;
    const int slide = layout_.slide;
    constexpr std::int64_t kTileVoxels = 1 << 21;
    const auto count = [&] {
      std::int64_t tiles = 1;
      for (int a = 0; a < plan_.rank; ++a) tiles *= (target_.region.shape[a] + tile[a] - 1) / tile[a];
      return tiles;
    };
    const auto voxels = [&] {
      std::int64_t n = 1;
      for (int a = 0; a < plan_.rank; ++a) n *= tile[a];
      return n;
    };
    const std::int64_t wanted = target_.threads > 1 ? 4 * target_.threads : 1;
    if (slide >= 0 && plan_.tile[slide] == 0) {
      const std::int64_t shortest = std::max<std::int64_t>(layout_.step, 8 * reachAlong(slide));
      while ((count() < wanted || voxels() > kTileVoxels) && tile[slide] / 2 >= shortest) tile[slide] = (tile[slide] + 1) / 2;
    }
    for (const int axis : {1, 0})
      while (axis < plan_.rank && axis != slide && plan_.tile[axis] == 0 && !isWholeSomewhere(axis) &&
             (count() < wanted || (axis == 1 && voxels() > kTileVoxels)) &&
             tile[axis] / 2 >= std::max<std::int64_t>(axis == 0 ? kLeaf : 4, 4 * reachAlong(axis)))
        tile[axis] = (tile[axis] + 1) / 2;
  }

  // --- buffers

  void place(TileLayout& layout) const {
    layout.buffers.assign(plan_.nodes.size(), {});
    layout.cost = 0;
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!footprint_.isNeeded(id) || plan_.nodes[i].kind == Node::Kind::Reduce) continue;
      size(layout, id);
    }
    for (Group& group : layout.groups) chooseChunk(layout, group);
    assignOffsets(layout);
  }

  void size(TileLayout& layout, NodeId id) const {
    Buffer& buffer = layout.buffers[static_cast<std::size_t>(id)];
    const Node& node = nodeOf(plan_, id);
    buffer.used = true;
    const std::size_t group = groupOf(id);
    buffer.isChunk = layout.groups[group].chunked && lastUse(id) == group;
    if (buffer.isChunk) return;
    double work = 1;
    for (int a = 0; a < plan_.rank; ++a) {
      std::int64_t high = 0;
      for (const Consumer& c : consumers_[static_cast<std::size_t>(id)])
        if (c.halo) {
          buffer.pad[a] = std::max(buffer.pad[a], c.outside.low[a]);
          high = std::max(high, c.outside.high[a]);
        }
      const Halo& reach = footprint_.reach(id);
      const bool whole = footprint_.isWhole(id, a);
      const std::int64_t extent = footprint_.extent(id, a).length();
      const std::int64_t domain =
          whole ? extent : std::min(extent, layout.tile[a] + reach.low[a] + reach.high[a]);
      if (a == layout.slide) {
        buffer.keep = keepOf(id);
        buffer.isKept = whole || buffer.keep > 0;
        // What lies before the volume is filled before its first slice is made.
        const std::int64_t window = std::max(layout.step + buffer.keep + high, buffer.pad[a]);
        buffer.shape[a] = whole ? domain + buffer.pad[a] + high : std::min(window, domain + buffer.pad[a] + high);
        work *= 1 + 0.2 * static_cast<double>(buffer.keep) / static_cast<double>(layout.step);
      } else {
        buffer.shape[a] = domain + buffer.pad[a] + high;
        work *= static_cast<double>(domain) / static_cast<double>(layout.tile[a]);
      }
    }
    layout.cost += work;
    const auto bytes = static_cast<std::int64_t>(sizeOf(node.dtype));
    buffer.pad[0] = roundUp(buffer.pad[0], kCacheLine / bytes);
    setStrides(buffer, bytes, buffer.shape[0] + buffer.pad[0]);
  }

  // Slices of the node that are still read when the consumers of one step move on to the next.
  std::int64_t keepOf(NodeId id) const {
    const int slide = layout_.slide;
    std::int64_t keep = 0;
    const std::int64_t high = footprint_.reach(id).high[slide];
    for (const Consumer& c : consumers_[static_cast<std::size_t>(id)]) {
      const bool exact = c.node < 0 || nodeOf(plan_, c.node).kind == Node::Kind::Reduce;
      const std::int64_t consumerHigh = exact ? 0 : footprint_.reach(c.node).high[slide];
      keep = std::max(keep, high - consumerHigh + (c.halo ? c.halo->low[slide] : 0));
    }
    return keep;
  }

  // Rows are an odd number of cache lines, so that neighbours never share a cache set.
  void setStrides(Buffer& buffer, std::int64_t bytes, std::int64_t row) const {
    std::int64_t lines = ((row + kRowSlack) * bytes + kCacheLine - 1) / kCacheLine;
    lines |= 1;
    std::int64_t stride = lines * kCacheLine / bytes;
    buffer.stride[0] = 1;
    for (int a = 1; a < plan_.rank; ++a) {
      buffer.stride[a] = stride;
      stride = checkedMul(stride, buffer.shape[a]);
    }
    buffer.bytes = static_cast<std::size_t>(checkedAdd(checkedMul(stride, bytes), 2 * kRowSlack * bytes));
    buffer.bytes = static_cast<std::size_t>(roundUp(static_cast<std::int64_t>(buffer.bytes), kCacheLine));
  }

  // Rows of a chunk lie behind one another, so that point stages see one long row. What a kernel writes beyond the end of a row is
  // written over by the next one: rows are made in order.
  void packStrides(Buffer& buffer, std::int64_t bytes) const {
    std::int64_t stride = 1;
    for (int a = 0; a < plan_.rank; ++a) {
      buffer.stride[a] = stride;
      stride *= buffer.shape[a];
    }
    buffer.bytes = static_cast<std::size_t>(roundUp((stride + 2 * kRowSlack) * bytes, kCacheLine));
  }

  void chooseChunk(TileLayout& layout, Group& group) const {
    std::size_t bytes = 0;
    for (const Op& op : group.ops)
      if (op.kind != Op::Kind::Store && layout.buffers[static_cast<std::size_t>(op.node)].isChunk && !inPlaceOf(layout, op.node))
        bytes += sizeOf(nodeOf(plan_, op.node).dtype);
    std::int64_t voxels = bytes == 0 ? INT64_MAX : static_cast<std::int64_t>(kChunkBytes / bytes);
    for (const Op& op : group.ops)
      if (nodeOf(plan_, op.node).kind == Node::Kind::Scripted) voxels = std::min(voxels, kScriptVoxels);
    for (int a = 0; a < plan_.rank; ++a) {
      std::int64_t domain = a == layout.slide ? layout.step : layout.tile[a];
      if (group.reach >= 0) {
        const Halo& reach = footprint_.reach(group.reach);
        if (a != layout.slide) domain += reach.low[a] + reach.high[a];
        if (footprint_.isWhole(group.reach, a)) domain = footprint_.extent(group.reach, a).length();
      }
      group.chunk[a] = a == 0 ? domain : std::clamp<std::int64_t>(voxels, 1, domain);
      voxels /= std::max<std::int64_t>(1, group.chunk[a]);
    }
    for (const Op& op : group.ops) {
      Buffer& buffer = layout.buffers[static_cast<std::size_t>(op.node)];
      if (op.kind == Op::Kind::Store || !buffer.isChunk) continue;
      buffer.shape = group.chunk;
      packStrides(buffer, static_cast<std::int64_t>(sizeOf(nodeOf(plan_, op.node).dtype)));
    }
  }

  struct Placed {
    std::size_t begin, end, offset, bytes;
  };

  static std::size_t firstFit(const std::vector<Placed>& placed, std::size_t begin, std::size_t end, std::size_t bytes) {
    std::size_t offset = 0;
    for (bool moved = true; moved;) {
      moved = false;
      for (const Placed& p : placed)
        if (p.begin <= end && begin <= p.end && p.offset < offset + bytes && offset < p.offset + p.bytes) {
          offset = p.offset + p.bytes;
          moved = true;
        }
    }
    return offset;
  }

  // Buffers whose lives do not meet share bytes; what is kept between steps lives all the time.
  void assignOffsets(TileLayout& layout) const {
    std::vector<Placed> placed;
    std::size_t total = 0;
    for (std::size_t i = 0; i < layout.buffers.size(); ++i) {
      Buffer& buffer = layout.buffers[i];
      if (!buffer.used) continue;
      const auto id = static_cast<NodeId>(i);
      const std::size_t begin = buffer.isKept ? 0 : groupOf(id), end = buffer.isKept ? layout.groups.size() : lastUse(id);
      if (const Buffer* shared = inPlaceOf(layout, id)) {
        buffer.offset = shared->offset;
        placed.push_back({begin, end, buffer.offset, buffer.bytes});
        continue;
      }
      buffer.offset = firstFit(placed, begin, end, buffer.bytes);
      placed.push_back({begin, end, buffer.offset, buffer.bytes});
      total = std::max(total, buffer.offset + buffer.bytes);
    }
    layout.localOffset = total;
    layout.localBytes = localBytes(layout);
    layout.scratchBytes = total + layout.localBytes;
  }

  // A point stage writes over its input when nobody else reads that chunk.
  const Buffer* inPlaceOf(const TileLayout& layout, NodeId id) const {
    const Node& node = nodeOf(plan_, id);
    if (!node.kernel || node.kernel->shape != KernelShape::Point || node.inputs.size() != 1) return nullptr;
    const NodeId input = node.inputs[0];
    const Buffer &from = layout.buffers[static_cast<std::size_t>(input)], &to = layout.buffers[static_cast<std::size_t>(id)];
    const bool alone = consumers_[static_cast<std::size_t>(input)].size() == 1;
    const bool alike = sizeOf(nodeOf(plan_, input).dtype) == sizeOf(node.dtype) && groupOf(input) == groupOf(id);
    return from.isChunk && to.isChunk && alone && alike ? &from : nullptr;
  }

  // Rows on their way in and out, and what kernels ask for.
  std::size_t localBytes(const TileLayout& layout) const {
    std::size_t bytes = kRowBytes;
    for (const Group& group : layout.groups)
      for (const Op& op : group.ops) {
        const Node& node = nodeOf(plan_, op.node);
        bytes = std::max(bytes, static_cast<std::size_t>(group.chunk[0] + kRowSlack) * sizeof(double));
        if (op.kind != Op::Kind::Compute || !node.kernel) continue;
        if (node.kernel->shape != KernelShape::Line && node.kernel->shape != KernelShape::Window) continue;
        bytes = std::max(bytes, kLocalBytes);
        if (node.axis != 0) continue;
        const std::int64_t span = 2 * group.chunk[0] + node.halo.low[0] + node.halo.high[0];
        bytes = std::max(bytes, kLocalBytes + static_cast<std::size_t>(span * kCacheLine));
      }
    return bytes;
  }

  const Plan& plan_;
  const Footprint& footprint_;
  const TileTarget& target_;
  const std::vector<std::vector<Consumer>> consumers_;
  TileLayout layout_;
};

}  // namespace

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
    for (int a = 0; a < region.rank; ++a) piece.setAxis(a, cuts[static_cast<std::size_t>(a)][static_cast<std::size_t>(at[a])]);
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

}  // namespace voxline
