#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "labels/frame.h"

namespace voxline {

// The runs of a box of rows of bits, in raster order, and their labels. Memory belongs to whoever made it.
struct Runs {
  std::uint32_t* edges = nullptr;   // per run: where it begins and where it ends in its row
  std::uint32_t* first = nullptr;   // per row, and one more: its first run
  std::uint32_t* labels = nullptr;  // per run
  std::int64_t rows = 0;
  std::uint32_t count = 0;

  std::uint32_t begin(std::uint32_t run) const { return edges[2 * run]; }
  std::uint32_t end(std::uint32_t run) const { return edges[2 * run + 1]; }
};

// Calls f(begin, end) for each run of a row of bits.
template <class F>
void forEachRun(const std::uint64_t* bits, std::int64_t words, F&& f) {
  std::uint64_t before = 0;  // the bit below the word's lowest
  std::uint32_t begin = 0;
  for (std::int64_t w = 0; w < words; ++w) {
    const std::uint64_t word = bits[w];
    std::uint64_t edges = word ^ (word << 1 | before);
    before = word >> 63;
    if (!edges) continue;
    const auto base = static_cast<std::uint32_t>(64 * w);
    bool isInside = !((word >> __builtin_ctzll(edges)) & 1);
    for (; edges; edges &= edges - 1) {
      const std::uint32_t at = base + static_cast<std::uint32_t>(__builtin_ctzll(edges));
      if (isInside) f(begin, at);
      begin = at;
      isInside = !isInside;
    }
  }
  if (before) f(begin, static_cast<std::uint32_t>(64 * words));
}

// Fills in `edges` and `first`, whose memory suffices.
void findRuns(const std::uint64_t* bits, std::int64_t words, Runs& runs);

// Labels the runs of a slab of `height` planes 0, 1, … in raster order of the components' first voxels; how many there are.
std::uint32_t labelRuns(const Frame& frame, std::span<const Neighbour> neighbours, std::int64_t height, Runs& runs);

// Calls f(run of upper, run of lower) for neighbours in two planes of rows, `upper` following `lower` along the slab axis. A pair may come
// more than once.
template <class F>
void forEachTouch(const Frame& frame, std::span<const Neighbour> neighbours, const Runs& lower, const Runs& upper, F&& f);

namespace detail {

// The runs [a, aEnd) and [b, bEnd) of two rows that touch: voxels `reach` further along the row count as neighbours too.
template <class F>
inline void matchRuns(const std::uint32_t* edgesA, std::uint32_t a, std::uint32_t aEnd, const std::uint32_t* edgesB, std::uint32_t b,
                      std::uint32_t bEnd, std::uint32_t reach, F&& f) {
  // Pairs are noted without a branch, which noise would make a coin toss, and handed out in blocks.
  constexpr int kBlock = 256;
  std::uint32_t pairs[kBlock][2];
  while (a < aEnd && b < bEnd) {
    int count = 0;
    while (a < aEnd && b < bEnd && count < kBlock) {
      const std::uint32_t endA = edgesA[2 * a + 1], endB = edgesB[2 * b + 1];
      pairs[count][0] = a;
      pairs[count][1] = b;
      count += static_cast<int>(edgesA[2 * a] < endB + reach) & static_cast<int>(edgesB[2 * b] < endA + reach);
      const std::uint32_t isFirst = endA < endB;
      a += isFirst;
      b += 1 - isFirst;
    }
    for (int i = 0; i < count; ++i) f(pairs[i][0], pairs[i][1]);
  }
}

// Whether the row a step before the one at `index` lies inside `shape` along axes 1 … last.
inline bool isInside(const Index& index, const Index& step, const Index& shape, int last) {
  for (int a = 1; a <= last; ++a) {
    const std::int64_t at = index[a] + step[a];
    if (at < 0 || at >= shape[a]) return false;
  }
  return true;
}

}  // namespace detail

template <class F>
void forEachTouch(const Frame& frame, std::span<const Neighbour> neighbours, const Runs& lower, const Runs& upper, F&& f) {
  const int slab = frame.slabAxis();
  const std::int64_t plane = frame.planeRows();
  Region box{frame.rank, {}, frame.shape};
  for (int a = slab; a < frame.rank; ++a) box.shape[a] = 1;
  forEachRow(frame, box, [&](const Index& index, std::int64_t row) {
    const std::uint32_t from = upper.first[row], to = upper.first[row + 1];
    if (from == to) return;
    for (const Neighbour& next : neighbours) {
      if (next.step[slab] == 0 || !detail::isInside(index, next.step, frame.shape, slab - 1)) continue;
      const std::int64_t other = row + plane - next.rows;
      detail::matchRuns(upper.edges, from, to, lower.edges, lower.first[other], lower.first[other + 1], next.reach, f);
    }
  });
}

}  // namespace voxline
