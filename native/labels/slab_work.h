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

// A slab's runs in the worker's arena, which must hold what `extra` asks for as well.
struct SlabWork {
  Runs runs;
  std::uint32_t* values = nullptr;
  Facts facts;
  std::byte* extra = nullptr;
  std::uint32_t components = 0;

  SlabWork(Worker& worker, const Frame& frame, std::int64_t rows, const std::uint64_t* bits, std::size_t extraBytes = 0) {
    const std::int64_t words = wordsFor(frame.shape[0]);
    const std::int64_t count = countRuns(bits, rows, words);
    if (count > std::numeric_limits<std::int32_t>::max())
      throw Error(Code::Unsupported, "a slab of the volume has more than 2^31 runs of voxels");
    const auto n = static_cast<std::size_t>(count);
    std::byte* at = worker.arena(n * 25 + 4 * static_cast<std::size_t>(rows + 1) + extraBytes + 64);
    const auto take = [&](std::size_t bytes) { return std::exchange(at, at + bytes); };
    facts.voxels = reinterpret_cast<std::uint64_t*>(take(8 * n));
    extra = take((extraBytes + 7) / 8 * 8);
    runs.edges = reinterpret_cast<std::uint32_t*>(take(8 * n));
    runs.labels = reinterpret_cast<std::uint32_t*>(take(4 * n));
    values = reinterpret_cast<std::uint32_t*>(take(4 * n));
    runs.first = reinterpret_cast<std::uint32_t*>(take(4 * static_cast<std::size_t>(rows + 1)));
    facts.marks = reinterpret_cast<std::uint8_t*>(take(n));
    runs.rows = rows;
    findRuns(bits, words, runs);
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
