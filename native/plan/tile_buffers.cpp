#include "plan/tile_buffers.h"

#include <algorithm>

#include "base/checked.h"

namespace voxline {
namespace {

constexpr std::size_t kChunkBytes = 16 * 1024;
constexpr std::int64_t kCacheLine = 64;
constexpr std::int64_t kScriptVoxels = 16384;  // about a millisecond of the host's thread

// Room for rows on their way in and out of scratch, whatever the tile.
constexpr std::int64_t kRowBytes = 32 * 1024;

class BufferPlanner {
 public:
  BufferPlanner(const Plan& plan, const Footprint& footprint, const StageGroups& stages)
      : plan_(plan), footprint_(footprint), stages_(stages) {}

  void place(TileLayout& layout) const {
    layout.buffers.assign(plan_.nodes.size(), {});
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!footprint_.isNeeded(id) || plan_.nodes[i].kind == Node::Kind::Reduce) continue;
      size(layout, id);
    }
    for (Group& group : layout.groups) chooseChunk(layout, group);
    assignOffsets(layout);
  }

 private:
  void size(TileLayout& layout, NodeId id) const {
    Buffer& buffer = layout.buffers[static_cast<std::size_t>(id)];
    const Node& node = nodeOf(id);
    buffer.used = true;
    const std::size_t group = stages_.groupOf(id);
    buffer.isChunk = layout.groups[group].chunked && stages_.lastUse(id) == group;
    if (buffer.isChunk) return;
    for (int a = 0; a < plan_.rank; ++a) {
      std::int64_t high = 0;
      for (const Consumer& c : stages_.consumersOf(id))
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
        buffer.keep = footprint_.trail(id).low[a];
        buffer.isKept = whole || buffer.keep > 0;
        // What lies before the volume is filled before its first slice is made.
        const std::int64_t window = std::max(layout.step + buffer.keep + high, buffer.pad[a]);
        buffer.shape[a] =
            whole ? domain + buffer.pad[a] + high : std::min(window, domain + buffer.pad[a] + high);
      } else {
        buffer.shape[a] = domain + buffer.pad[a] + high;
      }
    }
    const auto bytes = static_cast<std::int64_t>(sizeOf(node.dtype));
    buffer.pad[0] = roundUp(buffer.pad[0], kCacheLine / bytes);
    setStrides(buffer, bytes, buffer.shape[0] + buffer.pad[0]);
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
      if (op.kind != Op::Kind::Store && layout.buffers[static_cast<std::size_t>(op.node)].isChunk &&
          !inPlaceOf(layout, op.node))
        bytes += sizeOf(nodeOf(op.node).dtype);
    std::int64_t voxels = bytes == 0 ? INT64_MAX : static_cast<std::int64_t>(kChunkBytes / bytes);
    for (const Op& op : group.ops)
      if (nodeOf(op.node).kind == Node::Kind::Scripted) voxels = std::min(voxels, kScriptVoxels);
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
      packStrides(buffer, static_cast<std::int64_t>(sizeOf(nodeOf(op.node).dtype)));
    }
  }

  struct Placed {
    std::size_t begin, end, offset, bytes;
  };

  static std::size_t firstFit(const std::vector<Placed>& placed, std::size_t begin, std::size_t end,
                              std::size_t bytes) {
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
      const std::size_t begin = buffer.isKept ? 0 : stages_.groupOf(id),
                        end = buffer.isKept ? layout.groups.size() : stages_.lastUse(id);
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
    const Node& node = nodeOf(id);
    if (!node.kernel || node.kernel->shape != KernelShape::Point || node.inputs.size() != 1) return nullptr;
    const NodeId input = node.inputs[0];
    const Buffer &from = layout.buffers[static_cast<std::size_t>(input)],
                 &to = layout.buffers[static_cast<std::size_t>(id)];
    const bool alone = stages_.consumersOf(input).size() == 1;
    const bool alike =
        sizeOf(nodeOf(input).dtype) == sizeOf(node.dtype) && stages_.groupOf(input) == stages_.groupOf(id);
    return from.isChunk && to.isChunk && alone && alike ? &from : nullptr;
  }

  // Rows on their way in and out, and what kernels ask for.
  std::size_t localBytes(const TileLayout& layout) const {
    std::size_t bytes = kRowBytes;
    for (const Group& group : layout.groups)
      for (const Op& op : group.ops) {
        const Node& node = nodeOf(op.node);
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

  const Node& nodeOf(NodeId id) const { return plan_.nodes[static_cast<std::size_t>(id)]; }

  const Plan& plan_;
  const Footprint& footprint_;
  const StageGroups& stages_;
};

}  // namespace

void placeBuffers(TileLayout& layout, const Plan& plan, const Footprint& footprint,
                  const StageGroups& stages) {
  BufferPlanner(plan, footprint, stages).place(layout);
}

}  // namespace voxline
