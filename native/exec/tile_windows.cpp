#include "exec/tile_windows.h"

#include <algorithm>
#include <cstring>

namespace voxline {

TileWindows::TileWindows(const Plan& plan, const TileLayout& layout)
    : plan_(plan), layout_(layout), bases_(plan.nodes.size()), made_(plan.nodes.size()) {}

std::int64_t TileWindows::bytesOf(NodeId node) const {
  return static_cast<std::int64_t>(sizeOf(plan_.nodes[static_cast<std::size_t>(node)].dtype));
}

void TileWindows::open(NodeId node, const Region& box) {
  Region& made = made_[static_cast<std::size_t>(node)];
  made = box;
  for (int a = 0; a < plan_.rank; ++a) bases_[static_cast<std::size_t>(node)][a] = box.start[a] - buffer(node).pad[a];
  if (layout_.slide >= 0) made.shape[layout_.slide] = 0;
}

void TileWindows::resume(NodeId node, std::int64_t first, Interval slices) {
  bases_[static_cast<std::size_t>(node)][layout_.slide] = first;
  made_[static_cast<std::size_t>(node)].setAxis(layout_.slide, slices);
}

void TileWindows::makeRoom(NodeId node, std::int64_t first, std::int64_t next, std::int64_t last) {
  const int slide = layout_.slide;
  std::int64_t& base = bases_[static_cast<std::size_t>(node)][slide];
  if (last - base <= buffer(node).shape[slide]) return;
  const bool isKept = buffer(node).isKept;
  if (isKept) shift(node, first - base, next - first);
  base = first;
  Region& made = made_[static_cast<std::size_t>(node)];
  const std::int64_t start = std::max(made.start[slide], isKept ? first : next);
  made.setAxis(slide, {start, std::max(start, next)});
}

void TileWindows::shift(NodeId node, std::int64_t by, std::int64_t slices) {
  if (slices <= 0) return;
  const Buffer& b = buffer(node);
  const int slide = layout_.slide;
  const std::int64_t slice = b.stride[slide] * bytesOf(node);
  std::int64_t outer = 1;
  for (int a = slide + 1; a < plan_.rank; ++a) outer *= b.shape[a];
  for (std::int64_t o = 0; o < outer; ++o) {
    std::byte* from = arena_ + b.offset + o * slice * b.shape[slide];
    std::memmove(from, from + by * slice, static_cast<std::size_t>(slices * slice));
  }
}

void TileWindows::add(NodeId node, Interval slices) {
  Region& made = made_[static_cast<std::size_t>(node)];
  made.setAxis(layout_.slide, {std::min(made.start[layout_.slide], slices.begin), slices.end});
}

Scratch TileWindows::scratchOf(NodeId node) const {
  const Buffer& b = buffer(node);
  return scratchFrom(arena_ + b.offset, bases_[static_cast<std::size_t>(node)], b.stride, plan_.rank, static_cast<std::size_t>(bytesOf(node)));
}

std::byte* TileWindows::dataOf(NodeId node, const Region& box) const {
  const Buffer& b = buffer(node);
  std::byte* data = arena_ + b.offset;
  if (b.isChunk) return data;
  const Index& from = bases_[static_cast<std::size_t>(node)];
  std::ptrdiff_t offset = 0;
  for (int a = 0; a < plan_.rank; ++a) offset += (box.start[a] - from[a]) * b.stride[a];
  return data + offset * bytesOf(node);
}

}  // namespace voxline
