#pragma once

#include <vector>

#include "plan/tile_layout.h"

namespace voxline {

// Where the voxels of a tile lie in a worker's scratch, and which of them are there: every node has a window, which moves along the
// sliding axis with the work.
class TileWindows {
 public:
  TileWindows(const Plan& plan, const TileLayout& layout);

  // Scratch of the layout's size; what it holds is not looked at.
  void lieIn(std::byte* arena) { arena_ = arena; }
  // Empties a window that will hold slices of `box`, whose first slot is for the first index of the box less the buffer's pad.
  void open(NodeId node, const Region& box);
  // The window begins at another slice and holds these.
  void resume(NodeId node, std::int64_t first, Interval slices);
  // Moves the window, where it must, so that slices up to `last` fit; those before `first` are forgotten, those from `next` on not made yet.
  void makeRoom(NodeId node, std::int64_t first, std::int64_t next, std::int64_t last);
  void add(NodeId node, Interval slices);

  // Whether later groups read the node, so that it has a window.
  bool isHeld(NodeId node) const { return buffer(node).used && !buffer(node).isChunk; }
  // What the window holds of the volume.
  const Region& made(NodeId node) const { return made_[static_cast<std::size_t>(node)]; }
  Scratch scratchOf(NodeId node) const;
  std::byte* dataOf(NodeId node, const Region& box) const;
  Block blockOf(NodeId node, const Region& box) const { return {dataOf(node, box), buffer(node).stride}; }

 private:
  const Buffer& buffer(NodeId node) const { return layout_.buffers[static_cast<std::size_t>(node)]; }
  std::int64_t bytesOf(NodeId node) const;
  void shift(NodeId node, std::int64_t by, std::int64_t slices);

  const Plan& plan_;
  const TileLayout& layout_;
  std::byte* arena_ = nullptr;
  std::vector<Index> bases_;  // per node: index of slot 0
  std::vector<Region> made_;  // per node
};

}  // namespace voxline
