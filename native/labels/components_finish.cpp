#include <algorithm>
#include <limits>

#include "base/error.h"
#include "exec/pool.h"
#include "labels/components.h"
#include "labels/slab_links.h"

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
  if (spec_.outcome != Outcome::Number) {
    const bool isKeptMarked = spec_.outcome != Outcome::Enclosed;
    for (std::uint32_t id = 0; id < joins_.size(); ++id)
      joins_.resolve(id, [&] { return static_cast<std::uint32_t>((joins_.weight(id) > 0) == isKeptMarked); });
    greatest_ = 1;
  }
  joins_.dropWeights();
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
    for (std::uint32_t t = 0; t < slab.touching; ++t) {
      const std::uint32_t id = slab.firstId + t;
      const std::uint64_t interior = joins_.label(id) - t;
      joins_.resolve(id, [&] { return static_cast<std::uint32_t>(next + interior + ++added); });
    }
    next += slab.components - slab.touching + added;
    if (next > std::numeric_limits<std::uint32_t>::max())
      throw Error(Code::Filter, "the volume has more components than 32-bit labels can number");
  }
  greatest_ = std::max(greatest_, next);
}

// Leaves a weight, or voxels of a candidate, to the largest alone.
void Components::chooseLargest(std::int64_t firstSlab) {
  struct Candidate {
    Sized sized;
    std::int64_t slab;
    std::size_t at;  // in joins_ when it reaches another slab, else in candidates_
    bool isJoined;
  };
  std::vector<Candidate> best;
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(spec_.largest, std::numeric_limits<std::uint32_t>::max()));
  const auto comesFirst = [](const Candidate& a, const Candidate& b) {
    if (a.sized.voxels != b.sized.voxels || a.slab == b.slab) return isLarger(a.sized, b.sized);
    return a.slab < b.slab;
  };
  const auto keepBest = [&] {
    if (best.size() <= most) return;
    std::nth_element(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(most), best.end(), comesFirst);
    best.resize(most);
  };
  const auto add = [&](const Candidate& one) {
    best.push_back(one);
    if (best.size() / 2 > most) keepBest();
  };
  for (std::int64_t k = firstSlab; k < firstSlab + slabsPerItem(); ++k) {
    const Slab& slab = slabs_[static_cast<std::size_t>(k)];
    for (std::size_t at = slab.firstCandidate; at < slab.firstCandidate + slab.candidates; ++at) {
      add({candidates_[at], k, at, false});
      candidates_[at].voxels = 0;
    }
    for (std::uint32_t id = slab.firstId; id < slab.firstId + slab.touching; ++id) {
      if (joins_.isRoot(id)) add({{joins_.weight(id), joins_.label(id)}, k, id, true});
      joins_.setWeight(id, 0);
    }
  }
  keepBest();
  for (const Candidate& one : best) {
    if (one.isJoined) joins_.setWeight(static_cast<std::uint32_t>(one.at), 1);
    else candidates_[one.at].voxels = one.sized.voxels;
  }
}

// What each component of a slab becomes.
void Components::values(const Slab& slab, const Facts& facts, std::uint32_t* values) const {
  const std::uint32_t count = slab.components;
  switch (spec_.outcome) {
    case Outcome::Number: {
      std::uint32_t id = slab.firstId;
      const std::uint32_t end = id + slab.touching;
      std::uint64_t next = slab.base;
      for (std::uint32_t label = 0; label < count; ++label) {
        const bool isTouching = id < end && joins_.label(id) == label;
        const std::uint64_t value = isTouching ? joins_.value(id++) : next + 1;
        next = std::max(next, value);
        values[label] = static_cast<std::uint32_t>(value);
      }
      return;
    }
    case Outcome::Largest:
      std::fill_n(values, count, 0);
      for (std::size_t c = slab.firstCandidate; c < slab.firstCandidate + slab.candidates; ++c)
        if (candidates_[c].voxels > 0) values[candidates_[c].label] = 1;
      break;
    default:
      for (std::uint32_t label = 0; label < count; ++label)
        values[label] = (facts.marks[label] != 0) == (spec_.outcome == Outcome::Seeded);
  }
  for (std::uint32_t id = slab.firstId; id < slab.firstId + slab.touching; ++id) values[joins_.label(id)] = joins_.value(id);
}

// Turns kept labels into values, or bits into those of the outcome.
void Components::settleSlab(std::int64_t number, Worker& worker) {
  Slab& slab = slabs_[static_cast<std::size_t>(number)];
  const bool isNumbered = spec_.outcome == Outcome::Number;
  const SlabPlace place = placeOf(number);
  const std::int64_t rows = rowsOf(place);
  if (isNumbered) {
    auto* const own = reinterpret_cast<std::uint32_t*>(worker.arena(4 * static_cast<std::size_t>(mostRuns(spec_.frame, rows))));
    values(slab, {}, own);
    std::uint32_t* const labels = slab.kept + rows + 1;
    for (std::uint32_t run = 0; run < slab.kept[rows]; ++run) labels[run] = own[labels[run]];
    return;
  }
  std::uint64_t* const bits = bitsOf(number);
  SlabWork work(worker, spec_, rows, bits);
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
