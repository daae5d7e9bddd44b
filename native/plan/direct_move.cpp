#include "plan/direct_move.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace voxline {
namespace {

// Whether the voxels of a region follow one another without gaps in both, in the same order.
bool areAlike(const Region& region, DType dtype, const Index& a, const Index& b) {
  std::vector<int> axes;
  for (int axis = 0; axis < region.rank; ++axis)
    if (region.shape[axis] > 1) axes.push_back(axis);
  std::sort(axes.begin(), axes.end(), [&](int i, int j) { return std::abs(a[i]) < std::abs(a[j]); });
  auto dense = static_cast<std::int64_t>(sizeOf(dtype));
  for (const int axis : axes) {
    if (std::abs(a[axis]) != dense || a[axis] != b[axis]) return false;
    dense *= region.shape[axis];
  }
  return true;
}

// Files that others may cut short meanwhile are read and written by workers, which notice.
bool isPlain(const View& view) { return !view.memory || !view.memory->isFile(); }
bool isPlain(const FileLayout& file) { return file.compression == Compression::None; }

}  // namespace

DirectMove directMoveOf(const Plan& plan) {
  if (plan.reference || plan.nodes.size() != 1 || plan.sinks.size() != 1) return DirectMove::None;
  const Node& source = plan.nodes.front();
  const Sink& sink = plan.sinks.front();
  if (source.supply >= 0 || source.scaling.scaled || source.dtype != source.stored || source.dtype != sink.stored)
    return DirectMove::None;
  // A NaN of any kind is stored as one.
  if (sink.stored == DType::Float32 || sink.stored == DType::Float64) return DirectMove::None;
  if (source.storage.index() == sink.storage.index()) return DirectMove::None;
  const auto isFine = [](const auto& storage) { return isPlain(storage); };
  if (!std::visit(isFine, source.storage) || !std::visit(isFine, sink.storage)) return DirectMove::None;
  if (!areAlike(plan.region, sink.stored, stridesOf(source.storage), stridesOf(sink.storage))) return DirectMove::None;
  return std::holds_alternative<View>(sink.storage) ? DirectMove::FileToMemory : DirectMove::MemoryToFile;
}

}  // namespace voxline
