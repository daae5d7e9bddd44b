#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>

#include "base/error.h"
#include "exec/pool.h"
#include "labels/components.h"

namespace voxline {

// Runs that a slab of `rows` rows has at most: every other voxel may begin one.
inline std::int64_t mostRuns(const Frame& frame, std::int64_t rows) { return rows * ((frame.shape[0] + 1) / 2); }

// A slab's runs in the worker's arena, which holds what `extra` asks for as well: as much as any slab of so many rows needs, so that what
// labelling takes is known beforehand.
struct SlabWork {
  Runs runs;
  std::uint32_t* values = nullptr;
  Facts facts;
  std::byte* extra = nullptr;
  std::uint32_t components = 0;

  SlabWork(Worker& worker, const ComponentsSpec& spec, std::int64_t rows, const std::uint64_t* bits, std::size_t extraBytes = 0) {
    const std::int64_t most = mostRuns(spec.frame, rows);
    if (most > std::numeric_limits<std::int32_t>::max())
      throw Error(Code::Unsupported, "a slab of the volume may have more than 2^31 runs of voxels");
    const auto n = static_cast<std::size_t>(most);
    const std::size_t voxels = spec.outcome == Outcome::Largest ? n : 0;
    const std::size_t marks = spec.outcome == Outcome::Enclosed || spec.outcome == Outcome::Seeded ? n : 0;
    std::byte* at = worker.arena(n * 16 + voxels * 8 + marks + 4 * static_cast<std::size_t>(rows + 1) + extraBytes + 64);
    const auto take = [&](std::size_t bytes) { return std::exchange(at, at + bytes); };
    facts.voxels = reinterpret_cast<std::uint64_t*>(take(8 * voxels));
    extra = take((extraBytes + 7) / 8 * 8);
    runs.edges = reinterpret_cast<std::uint32_t*>(take(8 * n));
    runs.labels = reinterpret_cast<std::uint32_t*>(take(4 * n));
    values = reinterpret_cast<std::uint32_t*>(take(4 * n));
    runs.first = reinterpret_cast<std::uint32_t*>(take(4 * static_cast<std::size_t>(rows + 1)));
    facts.marks = reinterpret_cast<std::uint8_t*>(take(marks));
    runs.rows = rows;
    findRuns(bits, wordsFor(spec.frame.shape[0]), runs);
  }

  void label(const ComponentsSpec& spec, std::span<const Neighbour> neighbours, const SlabPlace& place, std::span<const Index> seeds) {
    components = labelRuns(spec.frame, neighbours, place.height, runs);
    gather(spec, place, seeds);
  }

  void gather(const ComponentsSpec& spec, const SlabPlace& place, std::span<const Index> seeds) {
    gatherFacts(spec.frame, place, spec.outcome, runs, components, seeds, facts);
  }
};

}  // namespace voxline
