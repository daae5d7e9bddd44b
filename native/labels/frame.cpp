#include "labels/frame.h"

#include <algorithm>

namespace voxline {

std::int64_t Frame::planeRows() const {
  std::int64_t rows = 1;
  for (int a = 1; a < slabAxis(); ++a) rows *= shape[a];
  return rows;
}

std::int64_t Frame::items() const {
  std::int64_t items = 1;
  for (int a = joined; a < rank; ++a) items *= shape[a];
  return items;
}

std::int64_t Frame::itemOf(const Index& index) const {
  std::int64_t item = 0;
  for (int a = rank - 1; a >= joined; --a) item = item * shape[a] + index[a];
  return item;
}

Frame makeFrame(int rank, const Index& extent, const std::vector<int>& axes) {
  Frame frame;
  const auto add = [&](int axis) {
    frame.source[frame.rank] = axis;
    frame.shape[frame.rank++] = axis < 0 ? 1 : extent[axis];
  };
  const auto isJoined = [&](int axis) {
    return extent[axis] > 1 && std::find(axes.begin(), axes.end(), axis) != axes.end();
  };
  for (int a = 0; a < rank; ++a)
    if (isJoined(a)) add(a);
  frame.isThin = frame.rank < static_cast<int>(axes.size());
  std::vector<int> others;
  for (int a = 0; a < rank; ++a)
    if (!isJoined(a)) others.push_back(a);
  // Rows and slabs need an axis each: one of a single voxel does, and where the rank leaves room, none at all.
  while (frame.rank < 2) {
    const auto single = std::find_if(others.begin(), others.end(), [&](int a) { return extent[a] == 1; });
    add(single == others.end() ? -1 : *single);
    if (single != others.end()) others.erase(single);
  }
  frame.joined = frame.rank;
  for (const int axis : others) add(axis);
  return frame;
}

PlacedView seenThrough(const Frame& frame, const PlacedView& placed) {
  PlacedView seen{placed.view, seenThrough(frame, placed.start), frame.shape};
  seen.view.rank = frame.rank;
  for (int a = 0; a < frame.rank; ++a) {
    const int from = frame.source[static_cast<std::size_t>(a)];
    seen.view.shape[a] = from < 0 ? 1 : placed.view.shape[from];
    seen.view.strides[a] = from < 0 ? 0 : placed.view.strides[from];
  }
  return seen;
}

Index seenThrough(const Frame& frame, const Index& index) {
  Index seen{};
  for (int a = 0; a < frame.rank; ++a) {
    const int from = frame.source[static_cast<std::size_t>(a)];
    seen[a] = from < 0 ? 0 : index[from];
  }
  return seen;
}

std::vector<Neighbour> neighboursBefore(const Frame& frame, int connectivity) {
  std::vector<Neighbour> all;
  std::int64_t count = 1;
  for (int a = 1; a < frame.joined; ++a) count *= 3;
  // Numbers to base 3, a digit per axis, are in raster order: those below the middle come before the row itself.
  for (std::int64_t code = 0; code < count / 2; ++code) {
    Neighbour next;
    std::int64_t rest = code, stride = 1;
    int differing = 0;
    for (int a = 1; a < frame.joined; ++a) {
      next.step[a] = rest % 3 - 1;
      differing += next.step[a] != 0;
      next.rows -= next.step[a] * stride;
      stride *= frame.shape[a];
      rest /= 3;
    }
    next.reach = differing < connectivity ? 1 : 0;
    if (differing <= connectivity) all.push_back(next);
  }
  return all;
}

}  // namespace voxline
