#include "volume/copy.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/checked.h"
#include "base/reverse_copy.h"
#include "base/stream_copy.h"
#include "volume/lines.h"
#include "volume/transpose.h"

namespace voxline {

namespace {

// An element may be a whole voxel of several components.
template <int Bytes>
struct Fixed {
  static constexpr std::int64_t bytes = Bytes;
  static void copy(std::byte* to, const std::byte* from) { std::memcpy(to, from, Bytes); }
};

struct Sized {
  std::int64_t bytes;
  void copy(std::byte* to, const std::byte* from) const {
    std::memcpy(to, from, static_cast<std::size_t>(bytes));
  }
};

template <class F>
void withElement(std::int64_t bytes, F&& f) {
  switch (bytes) {
    case 1:
      return f(Fixed<1>{});
    case 2:
      return f(Fixed<2>{});
    case 3:
      return f(Fixed<3>{});
    case 4:
      return f(Fixed<4>{});
    case 6:
      return f(Fixed<6>{});
    case 8:
      return f(Fixed<8>{});
    case 12:
      return f(Fixed<12>{});
    case 16:
      return f(Fixed<16>{});
    default:
      return f(Sized{bytes});
  }
}

struct CopyPlan {
  LinePlan lines;  // places: to, from
  std::int64_t elementBytes = 0;

  const Index& to() const { return lines.places[0].strides; }
  const Index& from() const { return lines.places[1].strides; }
};

constexpr std::int64_t kMaxElement = 32;

CopyPlan planCopy(const View& from, const View& to) {
  const Placement places[] = {placementOf(to), placementOf(from)};
  CopyPlan plan;
  plan.elementBytes = static_cast<std::int64_t>(sizeOf(to.dtype));
  plan.lines = planLines(to.rank, to.shape, plan.elementBytes, places);
  LinePlan& lines = plan.lines;
  const std::int64_t run = lines.shape[0] * plan.elementBytes;
  const bool isRun = plan.to()[0] == plan.elementBytes && plan.from()[0] == plan.elementBytes;
  if (lines.rank < 2 || !isRun || run > kMaxElement || run == 0) return plan;
  plan.elementBytes = run;
  --lines.rank;
  for (int a = 0; a < lines.rank; ++a) {
    lines.shape[a] = lines.shape[a + 1];
    for (Placement& place : lines.places) place.strides[a] = place.strides[a + 1];
  }
  return plan;
}

bool isScalar(std::int64_t bytes) { return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8; }

void copyLines(const CopyPlan& plan, bool streamed) {
  const std::int64_t count = plan.lines.lineLength(), bytes = plan.elementBytes;
  const std::int64_t toStride = plan.to()[0], fromStride = plan.from()[0];
  if (toStride == bytes && fromStride == bytes) {
    const auto size = static_cast<std::size_t>(count * bytes);
    if (!streamed) return detail::walkLines<2>(plan.lines, [&](const auto& at) { std::memcpy(at[0], at[1], size); });
    return detail::walkLines<2>(plan.lines, [&](const auto& at) { streamCopy(at[0], at[1], size); });
  }
  if (toStride == bytes && fromStride == -bytes && isScalar(bytes)) {
    const auto reverse = streamed ? &streamReversed : &reverseCopy;
    return detail::walkLines<2>(plan.lines, [&](const auto& at) {
      reverse(at[0], at[1] - (count - 1) * bytes, count, static_cast<std::size_t>(bytes));
    });
  }
  withElement(bytes, [&](auto element) {
    detail::walkLines<2>(plan.lines, [&](const auto& at) {
      std::byte* to = at[0];
      const std::byte* from = at[1];
      for (std::int64_t k = 0; k < count; ++k, to += toStride, from += fromStride) element.copy(to, from);
    });
  });
}

// Tiles over axis 0, the fastest of the target, and `b`, the fastest of the source.
template <class Element>
void copyPlane(const CopyPlan& plan, int b, Element element, std::byte* to, const std::byte* from) {
  constexpr std::int64_t kSide = 32;
  const std::int64_t countA = plan.lines.shape[0], countB = plan.lines.shape[b];
  const std::int64_t toA = plan.to()[0], toB = plan.to()[b], fromA = plan.from()[0], fromB = plan.from()[b];
  for (std::int64_t b0 = 0; b0 < countB; b0 += kSide) {
    const std::int64_t b1 = std::min(countB, b0 + kSide);
    for (std::int64_t a0 = 0; a0 < countA; a0 += kSide) {
      const std::int64_t a1 = std::min(countA, a0 + kSide);
      for (std::int64_t j = b0; j < b1; ++j)
        for (std::int64_t i = a0; i < a1; ++i)
          element.copy(to + i * toA + j * toB, from + i * fromA + j * fromB);
    }
  }
}

// The plan over all axes but 0 and b: one "line" per plane.
LinePlan planes(const LinePlan& lines, int b) {
  LinePlan rest = lines;
  rest.rank = 1;
  for (int a = 1; a < lines.rank; ++a) {
    if (a == b) continue;
    rest.shape[rest.rank] = lines.shape[a];
    for (int k = 0; k < 2; ++k) rest.places[k].strides[rest.rank] = lines.places[k].strides[a];
    ++rest.rank;
  }
  return rest;
}

constexpr std::int64_t kStreamedBytes = std::int64_t{1} << 20;  // what a second-level cache would not keep

std::int64_t bytesOf(const CopyPlan& plan) {
  std::int64_t bytes = plan.elementBytes;
  for (int a = 0; a < plan.lines.rank; ++a) bytes *= plan.lines.shape[a];
  return bytes;
}

void copyTransposed(CopyPlan plan, int b, bool streamed) {
  LinePlan& lines = plan.lines;
  if (lines.places[1].strides[b] < 0) {
    for (int k = 0; k < 2; ++k) {
      Placement& place = lines.places[k];
      place.first += place.strides[b] * (lines.shape[b] - 1);
      place.strides[b] = -place.strides[b];
    }
  }
  const std::int64_t bytes = plan.elementBytes;
  const LinePlan rest = planes(lines, b);
  if (isScalar(bytes) && plan.to()[0] == bytes && plan.from()[b] == bytes) {
    detail::walkLines<2>(rest, [&](const auto& at) {
      transpose({at[1], at[0], plan.from()[0], plan.to()[b], lines.shape[0], lines.shape[b], streamed}, bytes);
    });
    return;
  }
  withElement(bytes, [&](auto element) {
    detail::walkLines<2>(rest, [&](const auto& at) { copyPlane(plan, b, element, at[0], at[1]); });
  });
}

std::pair<std::intptr_t, std::intptr_t> extentOf(const View& view) {
  std::int64_t low = 0, high = static_cast<std::int64_t>(sizeOf(view.dtype));
  for (int a = 0; a < view.rank; ++a)
    (view.strides[a] < 0 ? low : high) += (view.shape[a] - 1) * view.strides[a];
  const auto data = reinterpret_cast<std::intptr_t>(view.data);
  return {data + low, data + high};
}

void checkAlike(const View& from, const View& to) {
  bool same = from.rank == to.rank && from.dtype == to.dtype;
  for (int a = 0; same && a < to.rank; ++a) same = from.shape[a] == to.shape[a];
  if (!same) throw Error(Code::ShapeMismatch, "voxels are copied between views of one shape and dtype");
}

View denseLike(const View& view) {
  View dense = view;
  std::int64_t stride = static_cast<std::int64_t>(sizeOf(view.dtype));
  for (int a = 0; a < view.rank; ++a) {
    dense.strides[a] = stride;
    stride = checkedMul(stride, view.shape[a]);
  }
  dense.memory = allocate(static_cast<std::size_t>(stride), Fill::None);
  dense.data = dense.memory->data();
  return dense;
}

bool isSame(const View& a, const View& b) {
  if (a.data != b.data) return false;
  for (int k = 0; k < a.rank; ++k)
    if (a.shape[k] > 1 && a.strides[k] != b.strides[k]) return false;
  return true;
}

}  // namespace

bool mayOverlap(const View& a, const View& b) {
  if (a.region().size() == 0 || b.region().size() == 0) return false;
  const auto [lowA, highA] = extentOf(a);
  const auto [lowB, highB] = extentOf(b);
  return lowA < highB && lowB < highA;
}

void copyDisjoint(const View& from, const View& to, bool streamed) {
  checkAlike(from, to);
  const CopyPlan plan = planCopy(from, to);
  if (plan.lines.lineLength() == 0) return;
  int fastest = 0;
  for (int a = 1; a < plan.lines.rank; ++a)
    if (std::abs(plan.from()[a]) < std::abs(plan.from()[fastest])) fastest = a;
  const bool streams = streamed || (fastest != 0 && bytesOf(plan) >= kStreamedBytes);
  fastest == 0 ? copyLines(plan, streams) : copyTransposed(plan, fastest, streams);
  if (streams) streamFence();
}

void copyVoxels(const View& from, const View& to) {
  checkAlike(from, to);
  if (isSame(from, to)) return;
  if (!mayOverlap(from, to)) return copyDisjoint(from, to);
  const View between = denseLike(to);
  copyDisjoint(from, between);
  copyDisjoint(between, to);
}

std::vector<Region> copyPieces(const View& to, std::int64_t count) {
  // The outermost axis in memory that is long enough, otherwise the longest.
  int axis = 0;
  bool isLong = false;
  for (int a = 0; a < to.rank; ++a) {
    const bool fits = to.shape[a] >= count;
    const bool isOuter = std::abs(to.strides[a]) > std::abs(to.strides[axis]);
    if (fits ? !isLong || isOuter : !isLong && to.shape[a] > to.shape[axis]) axis = a;
    isLong = isLong || fits;
  }
  std::vector<Region> pieces;
  if (to.rank == 0 || count <= 1) return {to.region()};
  count = std::min(count, to.shape[axis]);
  for (std::int64_t k = 0; k < count; ++k) {
    Region piece = to.region();
    piece.setAxis(axis, {to.shape[axis] * k / count, to.shape[axis] * (k + 1) / count});
    pieces.push_back(piece);
  }
  return pieces;
}

}  // namespace voxline
