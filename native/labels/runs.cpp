#include "labels/runs.h"

namespace voxline {
namespace {

// Union-find whose roots are the earliest runs.
std::uint32_t rootOf(std::uint32_t* parents, std::uint32_t run) {
  while (parents[run] != run) {
    parents[run] = parents[parents[run]];
    run = parents[run];
  }
  return run;
}

void join(std::uint32_t* parents, std::uint32_t a, std::uint32_t b) {
  if (parents[a] == parents[b]) return;
  a = rootOf(parents, a);
  b = rootOf(parents, b);
  if (a < b) parents[b] = a;
  else parents[a] = b;
}

// A parent comes before its children: when a run's turn comes its parent holds its label already.
std::uint32_t flatten(std::uint32_t* parents, std::uint32_t count) {
  std::uint32_t labels = 0;
  for (std::uint32_t run = 0; run < count; ++run)
    parents[run] = parents[run] == run ? labels++ : parents[parents[run]];
  return labels;
}

}  // namespace

void findRuns(const std::uint64_t* bits, std::int64_t words, Runs& runs) {
  std::uint32_t* edge = runs.edges;
  for (std::int64_t row = 0; row < runs.rows; ++row, bits += words) {
    runs.first[row] = static_cast<std::uint32_t>((edge - runs.edges) / 2);
    forEachRun(bits, words, [&](std::uint32_t begin, std::uint32_t end) {
      edge[0] = begin;
      edge[1] = end;
      edge += 2;
    });
  }
  runs.count = runs.first[runs.rows] = static_cast<std::uint32_t>((edge - runs.edges) / 2);
}

std::uint32_t labelRuns(const Frame& frame, std::span<const Neighbour> neighbours, std::int64_t height, Runs& runs) {
  for (std::uint32_t run = 0; run < runs.count; ++run) runs.labels[run] = run;
  const int slab = frame.slabAxis();
  Region box{frame.rank, {}, frame.shape};
  box.shape[slab] = height;
  for (int a = slab + 1; a < frame.rank; ++a) box.shape[a] = 1;
  std::uint32_t* const parents = runs.labels;
  forEachRow(frame, box, [&](const Index& index, std::int64_t row) {
    const std::uint32_t from = runs.first[row], to = runs.first[row + 1];
    if (from == to) return;
    for (const Neighbour& next : neighbours) {
      if (!detail::isInside(index, next.step, box.shape, slab)) continue;
      const std::uint32_t* other = runs.first + (row - next.rows);
      detail::matchRuns(runs.edges, from, to, runs.edges, other[0], other[1], next.reach,
                        [&](std::uint32_t a, std::uint32_t b) { join(parents, a, b); });
    }
    for (std::uint32_t run = from; run < to; ++run) parents[run] = rootOf(parents, run);
  });
  return flatten(parents, runs.count);
}

}  // namespace voxline
