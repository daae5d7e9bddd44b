#include <algorithm>
#include <limits>

#include "base/error.h"
#include "exec/pool.h"
#include "labels/components.h"
#include "labels/slab_work.h"

namespace voxline {

std::uint64_t Components::finish(int threads, const std::atomic<bool>& stop) {
  for (const Slab& slab : slabs_)
    if (!slab.isKnown) throw internalError("a slab has not been labelled");
  joins_.settle();
  const auto count = static_cast<std::int64_t>(slabs_.size());
  for (std::int64_t first = 0; first < count; first += slabsPerItem()) {
    if (spec_.outcome == Outcome::Number) numberItem(first);
    if (spec_.outcome == Outcome::Largest) chooseLargest(first);
  }
  if (spec_.outcome == Outcome::Enclosed || spec_.outcome == Outcome::Seeded)
    for (std::uint32_t id = 0; id < joins_.size(); ++id)
      joins_.setValue(id, joins_.facts(id).isMarked == (spec_.outcome == Outcome::Seeded));
  if (spec_.outcome != Outcome::Number) greatest_ = 1;
  joins_.spread();
  if (bits_) parallelFor(count, threads, stop, [&](std::int64_t i, Worker& worker) { settleSlab(i, worker); });
  if (stop.load()) throw Error(Code::Aborted, "the run was stopped");
  if (spec_.outcome != Outcome::Number) labels_ = nullptr;
  isFinished_ = true;
  return greatest_;
}

// A component is new in the slab of its first voxel; `interior` ones before it in that slab reach no other.
void Components::numberItem(std::int64_t firstSlab) {
  std::uint64_t next = 0;
  for (std::int64_t k = firstSlab; k < firstSlab + slabsPerItem(); ++k) {
    Slab& slab = slabs_[static_cast<std::size_t>(k)];
    slab.base = next;
    std::uint64_t added = 0;
    for (std::size_t t = 0; t < slab.touching.size(); ++t) {
      const std::uint32_t id = slab.firstId + static_cast<std::uint32_t>(t);
      if (!joins_.isRoot(id)) continue;
      const std::uint64_t interior = slab.touching[t] - t;
      joins_.setValue(id, static_cast<std::uint32_t>(next + interior + ++added));
    }
    next += slab.components - slab.touching.size() + added;
    if (next > std::numeric_limits<std::uint32_t>::max())
      throw Error(Code::Filter, "the volume has more components than 32-bit labels can number");
  }
  greatest_ = std::max(greatest_, next);
}

void Components::chooseLargest(std::int64_t firstSlab) {
  struct Candidate {
    Sized sized;
    std::int64_t slab;
    std::uint32_t id;  // of joins_, when it reaches another slab
    bool isJoined;
  };
  std::vector<Candidate> all;
  for (std::int64_t k = firstSlab; k < firstSlab + slabsPerItem(); ++k) {
    Slab& slab = slabs_[static_cast<std::size_t>(k)];
    for (const Sized& one : slab.largest) all.push_back({one, k, 0, false});
    for (std::size_t t = 0; t < slab.touching.size(); ++t) {
      const std::uint32_t id = slab.firstId + static_cast<std::uint32_t>(t);
      if (joins_.isRoot(id)) all.push_back({{joins_.facts(id).voxels, slab.touching[t]}, k, id, true});
    }
    slab.largest = {};
  }
  const auto kept = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(spec_.largest, all.size()));
  const auto comesFirst = [](const Candidate& a, const Candidate& b) {
    if (a.sized.voxels != b.sized.voxels || a.slab == b.slab) return isLarger(a.sized, b.sized);
    return a.slab < b.slab;
  };
  if (kept < static_cast<std::ptrdiff_t>(all.size())) std::nth_element(all.begin(), all.begin() + kept, all.end(), comesFirst);
  for (std::ptrdiff_t i = 0; i < kept; ++i) {
    const Candidate& one = all[static_cast<std::size_t>(i)];
    if (one.isJoined) joins_.setValue(one.id, 1);
    else slabs_[static_cast<std::size_t>(one.slab)].largest.push_back(one.sized);
  }
}

// What each component of a slab becomes.
void Components::values(const Slab& slab, const Facts& facts, std::uint32_t* values) const {
  const std::uint32_t count = slab.components;
  switch (spec_.outcome) {
    case Outcome::Number: {
      std::size_t t = 0;
      std::uint64_t next = slab.base;
      for (std::uint32_t label = 0; label < count; ++label) {
        const bool isTouching = t < slab.touching.size() && slab.touching[t] == label;
        const std::uint64_t value = isTouching ? joins_.value(slab.firstId + static_cast<std::uint32_t>(t++)) : next + 1;
        next = std::max(next, value);
        values[label] = static_cast<std::uint32_t>(value);
      }
      return;
    }
    case Outcome::Largest:
      std::fill_n(values, count, 0);
      for (const Sized& kept : slab.largest) values[kept.label] = 1;
      break;
    default:
      for (std::uint32_t label = 0; label < count; ++label)
        values[label] = (facts.marks[label] != 0) == (spec_.outcome == Outcome::Seeded);
  }
  for (std::size_t t = 0; t < slab.touching.size(); ++t)
    values[slab.touching[t]] = joins_.value(slab.firstId + static_cast<std::uint32_t>(t));
}

// Turns kept labels into values, or bits into those of the outcome.
void Components::settleSlab(std::int64_t number, Worker& worker) {
  Slab& slab = slabs_[static_cast<std::size_t>(number)];
  const bool isNumbered = spec_.outcome == Outcome::Number;
  if (isNumbered && !slab.kept) return;
  const SlabPlace place = placeOf(number);
  const std::int64_t rows = rowsOf(place);
  if (isNumbered) {
    auto* const own = reinterpret_cast<std::uint32_t*>(worker.arena(std::size_t{4} * slab.components));
    values(slab, {}, own);
    std::uint32_t* const labels = slab.kept + rows + 1;
    for (std::uint32_t run = 0; run < slab.kept[rows]; ++run) labels[run] = own[labels[run]];
    return;
  }
  std::uint64_t* const bits = bitsOf(number);
  SlabWork work(worker, spec_.frame, rows, bits);
  if (slab.kept) {
    work.runs.labels = slab.kept + rows + 1;
    work.components = slab.components;
    work.gather(spec_, place, seedsIn(number));
  } else {
    work.label(spec_, neighbours_, place, seedsIn(number));
  }
  values(slab, work.facts, work.values);
  selectBits(spec_.frame, spec_.outcome, work.runs, work.values, bits);
}

}  // namespace voxline
