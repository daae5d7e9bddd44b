#include "labels/slab.h"

#include <algorithm>

#include "labels/pieces.h"

namespace voxline {
namespace {

bool isOnFace(const Frame& frame, const Index& index) {
  for (int a = 1; a < frame.joined; ++a)
    if (frame.shape[a] > 1 && (index[a] == 0 || index[a] == frame.shape[a] - 1)) return true;
  return false;
}

void markFaces(const Frame& frame, const SlabPlace& place, const Runs& runs, std::uint8_t* marks) {
  forEachRow(frame, boxOf(frame, place), [&](const Index& index, std::int64_t row) {
    const bool all = frame.isThin || isOnFace(frame, index);
    for (std::uint32_t run = runs.first[row]; run < runs.first[row + 1]; ++run)
      if (all || runs.begin(run) == 0 || runs.end(run) == frame.shape[0]) marks[runs.labels[run]] = 1;
  });
}

void markSeeds(const Frame& frame, const SlabPlace& place, const Runs& runs, std::span<const Index> seeds, std::uint8_t* marks) {
  for (const Index& seed : seeds) {
    const std::int64_t row = rowOf(frame, place, seed);
    for (std::uint32_t run = runs.first[row]; run < runs.first[row + 1]; ++run)
      if (runs.begin(run) <= seed[0] && seed[0] < runs.end(run)) marks[runs.labels[run]] = 1;
  }
}

void flipRow(std::uint64_t* bits, std::int64_t length) {
  for (std::int64_t w = 0; w < length / 64; ++w) bits[w] = ~bits[w];
  if (length % 64) bits[length / 64] ^= (std::uint64_t{1} << length % 64) - 1;
}

void clearRun(std::uint64_t* bits, std::uint32_t begin, std::uint32_t end) {
  const std::uint32_t first = begin / 64, last = (end - 1) / 64;
  const std::uint64_t from = ~std::uint64_t{0} << begin % 64, to = ~std::uint64_t{0} >> (63 - (end - 1) % 64);
  if (first == last) {
    bits[first] &= ~(from & to);
    return;
  }
  bits[first] &= ~from;
  for (std::uint32_t w = first + 1; w < last; ++w) bits[w] = 0;
  bits[last] &= ~to;
}

}  // namespace

std::int64_t rowOf(const Frame& frame, const SlabPlace& place, const Index& index) {
  std::int64_t row = index[frame.slabAxis()] - place.begin;
  for (int a = frame.slabAxis() - 1; a > 0; --a) row = row * frame.shape[a] + index[a];
  return row;
}

Region boxOf(const Frame& frame, const SlabPlace& place) {
  Region box{frame.rank, place.item, frame.shape};
  box.setAxis(frame.slabAxis(), {place.begin, place.begin + place.height});
  for (int a = frame.joined; a < frame.rank; ++a) box.shape[a] = 1;
  return box;
}

void testSlab(const Frame& frame, const SlabPlace& place, const VoxelTest& test, const PlacedView& view, std::byte* scratch,
              std::uint64_t* bits) {
  const std::int64_t length = frame.shape[0], words = wordsFor(length);
  const auto testRows = [&](const View& rows, const Region& box) {
    forEachRow(frame, box, [&](const Index& index, std::int64_t) {
      Index at{};
      for (int a = 0; a < box.rank; ++a) at[a] = index[a] - box.start[a];
      testRow(test, rows.dtype, rows.at(at), length, bits + words * rowOf(frame, place, index));
    });
  };
  const Region all = boxOf(frame, place);
  if (hasPlainRows(view.view)) return testRows(within(view, all), all);
  const std::int64_t most = kPieceBytes / static_cast<std::int64_t>(sizeOf(view.view.dtype));
  forEachPiece(view.view, all, most, [&](const Region& piece) {
    const View rows = denseView(scratch, view.view.dtype, frame.rank, piece.shape);
    copyDisjoint(within(view, piece), rows);
    testRows(rows, piece);
  });
}

void gatherFacts(const Frame& frame, const SlabPlace& place, Outcome outcome, const Runs& runs, std::uint32_t components,
                 std::span<const Index> seeds, const Facts& facts) {
  if (outcome == Outcome::Number) return;
  if (outcome == Outcome::Largest) {
    std::fill_n(facts.voxels, components, 0);
    for (std::uint32_t run = 0; run < runs.count; ++run) facts.voxels[runs.labels[run]] += runs.end(run) - runs.begin(run);
    return;
  }
  std::fill_n(facts.marks, components, std::uint8_t{0});
  if (outcome == Outcome::Enclosed) markFaces(frame, place, runs, facts.marks);
  else markSeeds(frame, place, runs, seeds, facts.marks);
}

void selectBits(const Frame& frame, Outcome outcome, const Runs& runs, const std::uint32_t* values, std::uint64_t* bits) {
  const bool isEnclosed = outcome == Outcome::Enclosed;
  const std::int64_t words = wordsFor(frame.shape[0]);
  for (std::int64_t row = 0; row < runs.rows; ++row, bits += words) {
    for (std::uint32_t run = runs.first[row]; run < runs.first[row + 1]; ++run)
      if ((values[runs.labels[run]] != 0) == isEnclosed) clearRun(bits, runs.begin(run), runs.end(run));
    if (isEnclosed) flipRow(bits, frame.shape[0]);
  }
}

}  // namespace voxline
