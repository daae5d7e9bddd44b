#include "labels/components.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/error.h"
#include "exec/pool.h"
#include "labels/pieces.h"
#include "labels/slab_work.h"

namespace voxline {
namespace {

void keepBest(std::vector<Sized>& all, std::uint64_t most) {
  if (all.size() <= most) return;
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(most), all.end(), isLarger);
  all.resize(static_cast<std::size_t>(most));
}

}  // namespace

Components::Components(ComponentsSpec spec) : spec_(std::move(spec)), neighbours_(neighboursBefore(spec_.frame, spec_.connectivity)) {
  const Frame& frame = spec_.frame;
  slabs_.resize(static_cast<std::size_t>(frame.items() * slabsPerItem()));
  for (const Index& seed : spec_.seeds)
    seeds_[frame.itemOf(seed) * slabsPerItem() + seed[frame.slabAxis()] / spec_.slabHeight].push_back(seed);
  if (!spec_.keepsBits) return;
  const std::int64_t rows = frame.planeRows() * frame.shape[frame.slabAxis()] * frame.items();
  bits_ = allocate(static_cast<std::size_t>(rows * wordsFor(frame.shape[0]) * 8), Fill::None);
  if (spec_.labelBytes >= 4) labels_ = allocate(static_cast<std::size_t>(spec_.labelBytes), Fill::None);
}

std::int64_t Components::slabsPerItem() const {
  return (spec_.frame.shape[spec_.frame.slabAxis()] + spec_.slabHeight - 1) / spec_.slabHeight;
}

SlabPlace Components::placeOf(std::int64_t slab) const {
  const Frame& frame = spec_.frame;
  SlabPlace place;
  place.begin = slab % slabsPerItem() * spec_.slabHeight;
  place.height = std::min(spec_.slabHeight, frame.shape[frame.slabAxis()] - place.begin);
  std::int64_t item = slab / slabsPerItem();
  for (int a = frame.joined; a < frame.rank; ++a) {
    place.item[a] = item % frame.shape[a];
    item /= frame.shape[a];
  }
  return place;
}

std::uint64_t* Components::bitsOf(std::int64_t slab) const {
  if (!bits_) return nullptr;
  const Frame& frame = spec_.frame;
  const std::int64_t planes = slab / slabsPerItem() * frame.shape[frame.slabAxis()] + slab % slabsPerItem() * spec_.slabHeight;
  return reinterpret_cast<std::uint64_t*>(bits_->data()) + planes * frame.planeRows() * wordsFor(frame.shape[0]);
}

std::vector<std::int64_t> Components::slabsIn(const Region& region) const {
  const Frame& frame = spec_.frame;
  const Interval planes = region.axis(frame.slabAxis());
  Region items = region;
  for (int a = 0; a < frame.joined; ++a) items.setAxis(a, {0, 1});
  std::vector<std::int64_t> found;
  if (region.size() == 0) return found;
  forEachRow(frame, items, [&](const Index& index, std::int64_t) {
    const std::int64_t first = frame.itemOf(index) * slabsPerItem();
    for (std::int64_t k = planes.begin / spec_.slabHeight; k <= (planes.end - 1) / spec_.slabHeight; ++k) found.push_back(first + k);
  });
  return found;
}

std::span<const Index> Components::seedsIn(std::int64_t slab) const {
  const auto found = seeds_.find(slab);
  if (found == seeds_.end()) return {};
  return found->second;
}

void Components::add(const PlacedView& part, int threads, const std::atomic<bool>& stop) {
  const PlacedView seen = seenThrough(spec_.frame, part);
  const std::vector<std::int64_t> slabs = slabsIn(regionOf(seen));
  for (const std::int64_t slab : slabs)
    if (slabs_[static_cast<std::size_t>(slab)].isKnown || !regionOf(seen).contains(boxOf(spec_.frame, placeOf(slab))))
      throw internalError("a part to be labelled must hold whole slabs, each once");
  parallelFor(static_cast<std::int64_t>(slabs.size()), threads, stop,
              [&](std::int64_t i, Worker& worker) { learn(slabs[static_cast<std::size_t>(i)], seen, worker); });
  if (stop.load()) throw Error(Code::Aborted, "the run was stopped");
  for (const std::int64_t slab : slabs) connect(slab);
}

void Components::learn(std::int64_t number, const PlacedView& part, Worker& worker) {
  Slab& slab = slabs_[static_cast<std::size_t>(number)];
  const SlabPlace place = placeOf(number);
  const std::int64_t rows = rowsOf(place);
  std::uint64_t* bits = bitsOf(number);
  MemoryPtr own;
  if (!bits) {
    own = allocate(static_cast<std::size_t>(rows * wordsFor(spec_.frame.shape[0]) * 8), Fill::None);
    bits = reinterpret_cast<std::uint64_t*>(own->data());
  }
  testSlab(spec_.frame, place, spec_.test, part, worker.arena(pieceBytes(part.view)), bits);
  SlabWork work(worker, spec_.frame, rows, bits);
  work.label(spec_, neighbours_, place, seedsIn(number));
  slab.components = work.components;
  keepLabels(slab, work.runs);
  collectTouching(slab, place, work);
  collectFacts(slab, work);
}

void Components::keepLabels(Slab& slab, const Runs& runs) {
  if (!labels_) return;
  const std::int64_t first = runs.rows + 1, words = first + runs.count;
  const std::int64_t at = labelsUsed_.fetch_add(4 * words);
  if (at + 4 * words > spec_.labelBytes) return;
  slab.kept = reinterpret_cast<std::uint32_t*>(labels_->data() + at);
  std::memcpy(slab.kept, runs.first, static_cast<std::size_t>(first) * 4);
  std::memcpy(slab.kept + first, runs.labels, runs.count * std::size_t{4});
}

// Leaves in work.values the places in `touching`.
void Components::collectTouching(Slab& slab, const SlabPlace& place, const SlabWork& work) const {
  const Frame& frame = spec_.frame;
  const Runs& runs = work.runs;
  const std::int64_t plane = frame.planeRows();
  const bool isBelow = place.begin > 0, isAbove = place.begin + place.height < frame.shape[frame.slabAxis()];
  if (!isBelow && !isAbove) return;
  std::fill_n(work.values, work.components, 0);
  const auto eachFace = [&](auto&& f) {
    if (isBelow) f(slab.lower, 0);
    if (isAbove) f(slab.upper, runs.rows - plane);
  };
  eachFace([&](Face&, std::int64_t row) {
    for (std::uint32_t run = runs.first[row]; run < runs.first[row + plane]; ++run) work.values[runs.labels[run]] = 1;
  });
  for (std::uint32_t label = 0; label < work.components; ++label) {
    if (!work.values[label]) continue;
    work.values[label] = static_cast<std::uint32_t>(slab.touching.size());
    slab.touching.push_back(label);
  }
  eachFace([&](Face& face, std::int64_t row) {
    const std::uint32_t from = runs.first[row], to = runs.first[row + plane];
    face.edges.assign(runs.edges + 2 * std::size_t{from}, runs.edges + 2 * std::size_t{to});
    for (std::int64_t r = row; r <= row + plane; ++r) face.first.push_back(runs.first[r] - from);
    for (std::uint32_t run = from; run < to; ++run) face.ids.push_back(work.values[runs.labels[run]]);
  });
}

void Components::collectFacts(Slab& slab, const SlabWork& work) const {
  if (spec_.outcome == Outcome::Number) return;
  const bool isSized = spec_.outcome == Outcome::Largest;
  for (const std::uint32_t label : slab.touching)
    slab.facts.push_back({isSized ? work.facts.voxels[label] : 0, !isSized && work.facts.marks[label] != 0});
  if (!isSized) return;
  std::size_t t = 0;
  for (std::uint32_t label = 0; label < work.components; ++label) {
    if (t < slab.touching.size() && slab.touching[t] == label) {
      ++t;
      continue;
    }
    slab.largest.push_back({work.facts.voxels[label], label});
    if (slab.largest.size() / 2 > spec_.largest) keepBest(slab.largest, spec_.largest);
  }
  keepBest(slab.largest, spec_.largest);
  slab.largest.shrink_to_fit();
}

void Components::connect(std::int64_t number) {
  Slab& slab = slabs_[static_cast<std::size_t>(number)];
  slab.firstId = joins_.add(slab.touching.size(), slab.facts);
  slab.facts = {};
  slab.isKnown = true;
  if (number % slabsPerItem() > 0) {
    Slab& before = slabs_[static_cast<std::size_t>(number - 1)];
    if (!before.isKnown) throw internalError("slabs must be labelled in order");
    forEachTouch(spec_.frame, neighbours_, before.upper.runs(), slab.lower.runs(), [&](std::uint32_t a, std::uint32_t b) {
      joins_.join(slab.firstId + slab.lower.ids[a], before.firstId + before.upper.ids[b]);
    });
    before.upper = {};
    slab.lower = {};
  }
  if (joins_.bytes() > spec_.tableBytes)
    throw Error(Code::Memory, "components on the planes between slabs take more than " + std::to_string(spec_.tableBytes) +
                                  " bytes: give the run more memory",
                {{"bytes", static_cast<double>(joins_.bytes())}});
}

std::int64_t Components::bytes() const {
  std::int64_t bytes = joins_.bytes() + static_cast<std::int64_t>(slabs_.size() * sizeof(Slab));
  for (const Slab& slab : slabs_)
    bytes += static_cast<std::int64_t>(slab.touching.capacity() * sizeof(std::uint32_t) + slab.largest.capacity() * sizeof(Sized));
  if (bits_) bytes += static_cast<std::int64_t>(bits_->bytes());
  if (labels_) bytes += static_cast<std::int64_t>(labels_->bytes());
  return bytes;
}

}  // namespace voxline
