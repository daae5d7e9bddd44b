#include "labels/paint_box.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "labels/pieces.h"
#include "labels/runs.h"

namespace voxline {
namespace {

// f(begin, end, number of the run in its row) for what of each run lies within x.
template <class F>
void forEachRunIn(const std::uint64_t* bits, std::int64_t words, Interval x, F&& f) {
  std::size_t run = 0;
  forEachRun(bits, words, [&](std::uint32_t begin, std::uint32_t end) {
    const Interval cut{std::max<std::int64_t>(begin, x.begin), std::min<std::int64_t>(end, x.end)};
    if (cut.begin < cut.end) f(cut.begin, cut.end, run);
    ++run;
  });
}

template <class T>
void paint(const std::uint64_t* bits, std::int64_t words, const std::uint32_t* labels, Interval x, T* out) {
  std::memset(out, 0, static_cast<std::size_t>(x.length()) * sizeof(T));
  forEachRunIn(bits, words, x, [&](std::int64_t begin, std::int64_t end, std::size_t run) {
    const T value = labels ? static_cast<T>(labels[run]) : T{1};
    for (std::int64_t i = begin; i < end; ++i) out[i - x.begin] = value;
  });
}

// Writes voxels [x.begin, x.end) of a row: in run k of its bits labels[k] (1 without labels), 0 elsewhere. `words`: of the whole row.
void paintRow(DType dtype, const std::uint64_t* bits, std::int64_t words, const std::uint32_t* labels, Interval x, std::byte* out) {
  visit(dtype, [&](auto type) {
    using Given = typename decltype(type)::type;
    if constexpr (std::is_floating_point_v<Given>) {
      paint(bits, words, labels, x, reinterpret_cast<Given*>(out));
    } else {
      using T = std::make_unsigned_t<Given>;
      paint(bits, words, labels, x, reinterpret_cast<T*>(out));
    }
  });
}

// Zeroes the voxels of a row whose bit is 0.
void clearRow(DType dtype, const std::uint64_t* bits, std::int64_t words, Interval x, std::byte* out) {
  const auto size = static_cast<std::int64_t>(sizeOf(dtype));
  std::int64_t cleared = x.begin;
  const auto clearTo = [&](std::int64_t end) {
    if (cleared < end) std::memset(out + (cleared - x.begin) * size, 0, static_cast<std::size_t>((end - cleared) * size));
  };
  forEachRunIn(bits, words, x, [&](std::int64_t begin, std::int64_t end, std::size_t) {
    clearTo(begin);
    cleared = end;
  });
  clearTo(x.end);
}

}  // namespace

void paintBox(const Frame& frame, const SlabPlace& place, const PaintedRows& rows, bool clears, const Region& box, const PlacedView& out,
              std::byte* scratch) {
  const std::int64_t words = wordsFor(frame.shape[0]);
  const auto paintRows = [&](const View& view, const Region& piece) {
    forEachRow(frame, piece, [&](const Index& index, std::int64_t) {
      Index at{};
      for (int a = 1; a < piece.rank; ++a) at[a] = index[a] - piece.start[a];
      const std::int64_t row = rowOf(frame, place, index);
      const std::uint64_t* const bits = rows.bits + words * row;
      if (clears) return clearRow(view.dtype, bits, words, piece.axis(0), view.at(at));
      paintRow(view.dtype, bits, words, rows.labels ? rows.labels + rows.first[row] : nullptr, piece.axis(0), view.at(at));
    });
  };
  if (hasPlainRows(out.view)) return paintRows(within(out, box), box);
  const std::int64_t most = kPieceBytes / static_cast<std::int64_t>(sizeOf(out.view.dtype));
  forEachPiece(out.view, box, most, [&](const Region& piece) {
    const View given = within(out, piece), dense = denseView(scratch, given.dtype, frame.rank, piece.shape);
    if (clears) copyDisjoint(given, dense);
    paintRows(dense, piece);
    copyDisjoint(dense, given);
  });
}

}  // namespace voxline
