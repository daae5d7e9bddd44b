#include "labels/components.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "exec/pool.h"
#include "labels/pieces.h"
#include "labels/slab_links.h"

namespace voxline {
Components::Components(ComponentsSpec spec)
    : spec_(std::move(spec)),
      neighbours_(neighboursBefore(spec_.frame, spec_.connectivity)),
      tables_(static_cast<std::size_t>(spec_.tableBytes), spec_.folder) {
  const Frame& frame = spec_.frame;
  slabs_.resize(static_cast<std::size_t>(frame.items() * slabsPerItem()));
  for (const Index& seed : spec_.seeds)
    seeds_[frame.itemOf(seed) * slabsPerItem() + seed[frame.slabAxis()] / spec_.slabHeight].push_back(seed);
  if (!spec_.keepsBits) return;
  const std::int64_t rows = frame.planeRows() * frame.shape[frame.slabAxis()] * frame.items();
  bits_ = allocate(static_cast<std::size_t>(rows * wordsFor(frame.shape[0]) * 8), Fill::None);
  if (spec_.labelBytes >= 4) labels_ = allocate(static_cast<std::size_t>(spec_.labelBytes), Fill::None);
}

Components::~Components() = default;

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
  SlabWork work(worker, spec_, rows, bits);
  work.label(spec_, neighbours_, place, seedsIn(number));
  slab.components = work.components;
  keepLabels(slab, work.runs);
  slab.links = linksOf(spec_, place, work, tables_);
}

// Those of other outcomes are found again where they do not fit.
void Components::keepLabels(Slab& slab, const Runs& runs) {
  if (!bits_) return;
  const std::int64_t first = runs.rows + 1, bytes = 4 * (first + runs.count);
  const std::int64_t at = labelsUsed_.fetch_add(bytes);
  if (labels_ && at + bytes <= spec_.labelBytes) {
    slab.kept = reinterpret_cast<std::uint32_t*>(labels_->data() + at);
  } else if (spec_.outcome == Outcome::Number) {
    slab.keptIn = tables_.take(static_cast<std::size_t>(bytes));
    slab.kept = reinterpret_cast<std::uint32_t*>(slab.keptIn->data());
  } else {
    return;
  }
  std::memcpy(slab.kept, runs.first, static_cast<std::size_t>(first) * 4);
  std::memcpy(slab.kept + first, runs.labels, runs.count * std::size_t{4});
}

void Components::connect(std::int64_t number) {
  Slab& slab = slabs_[static_cast<std::size_t>(number)];
  const std::int64_t place = number % slabsPerItem();
  list(slab);
  if (place > 0) {
    Slab& before = slabs_[static_cast<std::size_t>(number - 1)];
    if (!before.isKnown) throw internalError("slabs must be labelled in order");
    const Runs &lower = before.links->upper, &upper = slab.links->lower;
    forEachTouch(spec_.frame, neighbours_, lower, upper, [&](std::uint32_t a, std::uint32_t b) {
      joins_.join(slab.firstId + upper.labels[a], before.firstId + lower.labels[b]);
    });
    before.links = nullptr;
  }
  if (place + 1 == slabsPerItem()) slab.links = nullptr;
  slab.isKnown = true;
}

// Gives ids to components that touch others, and a place to those that may be the largest.
void Components::list(Slab& slab) {
  const SlabLinks& links = *slab.links;
  slab.firstId = joins_.size();
  slab.touching = links.touching;
  for (std::uint32_t t = 0; t < links.touching; ++t) {
    if (links.weights) joins_.add(links.labels[t], links.weights[t]);
    else joins_.add(links.labels[t]);
  }
  slab.firstCandidate = candidates_.size();
  slab.candidates = links.candidates;
  for (std::uint32_t c = 0; c < links.candidates; ++c) candidates_.push(links.largest[c]);
}

std::int64_t Components::bytes() const {
  auto bytes = static_cast<std::int64_t>(tables_.used() + slabs_.size() * sizeof(Slab));
  if (bits_) bytes += static_cast<std::int64_t>(bits_->bytes());
  if (labels_) bytes += static_cast<std::int64_t>(labels_->bytes());
  return bytes;
}

}  // namespace voxline
