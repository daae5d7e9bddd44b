#include "labels/slab_links.h"

#include <algorithm>
#include <cstring>

namespace voxline {
namespace {

// The rows of a slab's runs that lie in a plane beside another slab; none where there is no other.
struct FaceRows {
  std::int64_t begin = 0;
  std::int64_t count = 0;
};

std::uint32_t runsIn(const Runs& runs, const FaceRows& rows) { return runs.first[rows.begin + rows.count] - runs.first[rows.begin]; }

// Numbers those that reach the rows 1, 2, …, the others 0; how many do.
std::uint32_t numberTouching(const SlabWork& work, const FaceRows& lower, const FaceRows& upper) {
  const Runs& runs = work.runs;
  std::fill_n(work.values, work.components, 0);
  for (const FaceRows& rows : {lower, upper})
    for (std::uint32_t run = runs.first[rows.begin]; run < runs.first[rows.begin + rows.count]; ++run) work.values[runs.labels[run]] = 1;
  std::uint32_t touching = 0;
  for (std::uint32_t label = 0; label < work.components; ++label)
    if (work.values[label]) work.values[label] = ++touching;
  return touching;
}

class Parts {
 public:
  explicit Parts(std::byte* at) : at_(at) {}
  template <class T>
  T* take(std::size_t count) {
    T* const part = reinterpret_cast<T*>(at_);
    at_ += count * sizeof(T);
    return part;
  }

 private:
  std::byte* at_;
};

std::size_t bytesOf(const SlabLinks& links, bool isWeighed, std::initializer_list<std::pair<std::int64_t, std::uint32_t>> faces) {
  std::size_t bytes = links.candidates * sizeof(Sized) + links.touching * (isWeighed ? sizeof(std::uint64_t) + 4 : std::size_t{4});
  for (const auto& [rows, runs] : faces)
    if (rows > 0) bytes += 4 * static_cast<std::size_t>(rows + 1) + 12 * std::size_t{runs};
  return bytes;
}

void copyFace(const SlabWork& work, const FaceRows& rows, Parts& parts, Runs& face) {
  if (rows.count == 0) return;
  const Runs& runs = work.runs;
  const std::uint32_t from = runs.first[rows.begin];
  face.rows = rows.count;
  face.count = runsIn(runs, rows);
  face.first = parts.take<std::uint32_t>(static_cast<std::size_t>(rows.count + 1));
  face.edges = parts.take<std::uint32_t>(2 * std::size_t{face.count});
  face.labels = parts.take<std::uint32_t>(face.count);
  for (std::int64_t r = 0; r <= rows.count; ++r) face.first[r] = runs.first[rows.begin + r] - from;
  std::memcpy(face.edges, runs.edges + 2 * std::size_t{from}, 8 * std::size_t{face.count});
  for (std::uint32_t run = 0; run < face.count; ++run) face.labels[run] = work.values[runs.labels[from + run]] - 1;
}

// The `count` largest of those that touch nothing; the edges of runs make room for all of them.
void findLargest(const SlabWork& work, std::uint32_t count, Sized* largest) {
  std::uint32_t* const begin = work.runs.edges;
  std::uint32_t* end = begin;
  for (std::uint32_t label = 0; label < work.components; ++label)
    if (!work.values[label]) *end++ = label;
  const auto sized = [&](std::uint32_t label) { return Sized{work.facts.voxels[label], label}; };
  if (begin + count < end)
    std::nth_element(begin, begin + count, end, [&](std::uint32_t a, std::uint32_t b) { return isLarger(sized(a), sized(b)); });
  std::transform(begin, begin + count, largest, sized);
}

}  // namespace

std::unique_ptr<SlabLinks> linksOf(const ComponentsSpec& spec, const SlabPlace& place, SlabWork& work, TableSpace& space) {
  const Frame& frame = spec.frame;
  const Runs& runs = work.runs;
  const std::int64_t plane = frame.planeRows();
  const FaceRows lower{0, place.begin > 0 ? plane : 0};
  const FaceRows upper{runs.rows - plane, place.begin + place.height < frame.shape[frame.slabAxis()] ? plane : 0};
  const bool isSized = spec.outcome == Outcome::Largest, isWeighed = spec.outcome != Outcome::Number;
  auto links = std::make_unique<SlabLinks>();
  links->touching = numberTouching(work, lower, upper);
  if (isSized) links->candidates = static_cast<std::uint32_t>(std::min<std::uint64_t>(spec.largest, work.components - links->touching));
  const std::size_t bytes = bytesOf(*links, isWeighed, {{lower.count, runsIn(runs, lower)}, {upper.count, runsIn(runs, upper)}});
  if (bytes == 0) return links;
  links->memory = space.take(bytes);
  Parts parts(links->memory->data());
  links->largest = parts.take<Sized>(links->candidates);
  if (isWeighed) links->weights = parts.take<std::uint64_t>(links->touching);
  links->labels = parts.take<std::uint32_t>(links->touching);
  copyFace(work, lower, parts, links->lower);
  copyFace(work, upper, parts, links->upper);
  for (std::uint32_t label = 0; label < work.components; ++label) {
    if (!work.values[label]) continue;
    const std::uint32_t at = work.values[label] - 1;
    links->labels[at] = label;
    if (isWeighed) links->weights[at] = isSized ? work.facts.voxels[label] : work.facts.marks[label];
  }
  if (isSized) findLargest(work, links->candidates, links->largest);
  return links;
}

}  // namespace voxline
