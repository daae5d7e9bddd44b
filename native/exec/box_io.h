#pragma once

#include "kernel/registry.h"
#include "plan/tile_layout.h"

namespace voxline {

// Where the voxels of a box lie in a view whose voxel 0 has index `first`; strides in elements.
Block blockIn(const View& view, const Index& first, const Region& box);

// Moves boxes of voxels between a volume's memory (any strides, any dtype) and rows in scratch (one dtype), converting on the way.
class BoxLoader {
 public:
  BoxLoader(const Node& source, Level level);
  bool converts() const { return convert_ != nullptr; }
  // n voxels behind one another in both.
  void loadRow(const void* from, void* to, std::int64_t n) const;
  // `from` is the stored data, its voxel 0 at index `first` of the volume; fills `box` at `to`. `row` holds a row of any dtype.
  void load(const View& from, const Index& first, const Region& box, Block to, std::byte* row) const;

 private:
  DType dtype_;
  DType stored_;
  RunKernel convert_ = nullptr;  // null: the bytes are copied
  ParamBlock params_;
};

class BoxStorer {
 public:
  // `streamed`: the target is larger than the caches, so stores go past them.
  BoxStorer(const Sink& sink, const Node& node, Level level, bool streamed);
  bool converts() const { return convert_ != nullptr; }
  bool isStreamed() const { return streamed_; }
  // n voxels behind one another in both; `row` has room for 4 KB.
  void storeRow(const void* from, void* to, std::int64_t n, std::byte* row) const;
  void store(Block from, const Region& box, const View& to, const Index& first, std::byte* row) const;

 private:
  DType dtype_;
  DType stored_;
  RunKernel convert_ = nullptr;
  ParamBlock params_;
  bool streamed_;
};

}  // namespace voxline
