#include "labels/renumbering.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <type_traits>

#include "base/error.h"
#include "exec/pool.h"
#include "exec/prepare_view.h"
#include "labels/pieces.h"
#include "volume/lines.h"

namespace voxline {
namespace {

constexpr std::int64_t kPieceVoxels = 1 << 18;
constexpr std::int64_t kChunk = 1024;
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

template <class T>
bool isLabel(T x) {
  return (x > 0) | (x < 0);
}

// Orders as the values do.
template <class T>
std::uint64_t keyOf(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    const auto bits = std::bit_cast<std::uint64_t>(static_cast<double>(x));
    return bits & kSign ? ~bits : bits | kSign;
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(x)) ^ kSign;
  } else {
    return x;
  }
}

// Counts labels of a piece. Runs of one often follow each other, background between them.
class PieceCounts {
 public:
  explicit PieceCounts(LabelMap<std::uint64_t>& counts) : counts_(counts) {}

  template <class T>
  void countLine(const std::byte* at, std::int64_t length, std::int64_t stride) {
    for (std::int64_t i = 0; i < length;) {
      const T label = *reinterpret_cast<const T*>(at + i * stride);
      const std::int64_t begin = i++;
      while (i < length && *reinterpret_cast<const T*>(at + i * stride) == label) ++i;
      if (isLabel(label)) count(keyOf(label), static_cast<std::uint64_t>(i - begin));
    }
  }

  void end() {
    if (voxels_ > 0) counts_.add(key_, voxels_);
    voxels_ = 0;
  }

 private:
  void count(std::uint64_t key, std::uint64_t voxels) {
    if (key != key_) end();
    key_ = key;
    voxels_ += voxels;
  }

  LabelMap<std::uint64_t>& counts_;
  std::uint64_t key_ = 0, voxels_ = 0;  // not in `counts_` yet
};

template <class T>
void look(const LabelMap<std::uint32_t>& numbers, const std::byte* at, std::int64_t length, std::int64_t stride, std::uint32_t* found) {
  T last = 0, known = 0;  // known: the last one that was looked up
  std::uint32_t number = 0, numberOfKnown = 0;
  for (std::int64_t i = 0; i < length; ++i) {
    const T label = *reinterpret_cast<const T*>(at + i * stride);
    if (label != last) {
      last = label;
      if (isLabel(label) && label != known) numberOfKnown = numbers.find(keyOf(known = label));
      number = isLabel(label) ? numberOfKnown : 0;
    }
    found[i] = number;
  }
}

template <class T>
void store(const std::uint32_t* numbers, std::int64_t length, std::byte* at, std::int64_t stride) {
  for (std::int64_t i = 0; i < length; ++i) *reinterpret_cast<T*>(at + i * stride) = static_cast<T>(numbers[i]);
}

std::vector<Region> piecesOf(const View& view) {
  std::vector<Region> pieces;
  if (view.region().size() > 0) forEachPiece(view, view.region(), kPieceVoxels, [&](const Region& piece) { pieces.push_back(piece); });
  return pieces;
}

struct Label {
  std::uint64_t key, voxels;
};

}  // namespace

Renumbering::Renumbering(RenumberingSpec spec)
    : spec_(std::move(spec)), tables_(static_cast<std::size_t>(spec_.tableBytes), spec_.folder) {}

void Renumbering::add(const PlacedView& part, int threads, const std::atomic<bool>& stop) {
  const std::vector<Region> pieces = piecesOf(part.view);
  const int workers = workersOf(threads);
  while (static_cast<int>(counts_.size()) < workers) counts_.emplace_back(tables_);
  parallelFor(static_cast<std::int64_t>(pieces.size()), workers, stop, [&](std::int64_t i, Worker& worker) {
    PieceCounts counts(counts_[static_cast<std::size_t>(worker.index())]);
    forEachLine(voxline::part(part.view, pieces[static_cast<std::size_t>(i)]), [&](const std::byte* at, std::int64_t length, std::int64_t stride) {
      visit(part.view.dtype, [&](auto type) { counts.countLine<typename decltype(type)::type>(at, length, stride); });
    });
    counts.end();
  });
  if (stop.load()) throw Error(Code::Aborted, "the run was stopped");
}

std::uint64_t Renumbering::finish(int, const std::atomic<bool>&) {
  LabelMap<std::uint64_t> all(tables_);
  for (; !counts_.empty(); counts_.pop_back())
    counts_.back().forEach([&](std::uint64_t key, std::uint64_t voxels) { all.add(key, voxels); });
  if (all.size() == 0) return 0;
  const MemoryPtr memory = tables_.take(all.size() * sizeof(Label));
  auto* const labels = reinterpret_cast<Label*>(memory->data());
  Label* end = labels;
  all.forEach([&](std::uint64_t key, std::uint64_t voxels) {
    if (voxels >= spec_.minimumSize) *end++ = {key, voxels};
  });
  all = LabelMap<std::uint64_t>(tables_);
  std::sort(labels, end, [&](const Label& a, const Label& b) {
    return spec_.isBySize && a.voxels != b.voxels ? a.voxels > b.voxels : a.key < b.key;
  });
  if (end - labels > std::numeric_limits<std::uint32_t>::max())
    throw Error(Code::Filter, "the volume has more labels than 32-bit labels can number");
  std::uint32_t next = 0;
  for (const Label* label = labels; label != end; ++label) numbers_.add(label->key, ++next);
  return next;
}

void Renumbering::paint(const PlacedView* input, const PlacedView& out, int threads, const std::atomic<bool>& stop) const {
  const Region region = regionOf(out);
  if (!input || !regionOf(*input).contains(region)) throw internalError("renumbering needs the voxels under its output");
  const View from = within(*input, region), to = out.view;
  const std::vector<Region> pieces = piecesOf(to);
  prepareView(to, threads, stop);
  parallelFor(static_cast<std::int64_t>(pieces.size()), threads, stop, [&](std::int64_t i, Worker&) {
    const Region& piece = pieces[static_cast<std::size_t>(i)];
    forEachLine(part(to, piece), part(from, piece), [&](std::byte* a, const std::byte* b, std::int64_t length, std::int64_t strideA, std::int64_t strideB) {
      std::uint32_t numbers[kChunk];
      for (std::int64_t begin = 0; begin < length; begin += kChunk) {
        const std::int64_t count = std::min(kChunk, length - begin);
        visit(from.dtype, [&](auto type) { look<typename decltype(type)::type>(numbers_, b + begin * strideB, count, strideB, numbers); });
        visit(to.dtype, [&](auto type) { store<typename decltype(type)::type>(numbers, count, a + begin * strideA, strideA); });
      }
    });
  });
  if (stop.load()) throw Error(Code::Aborted, "the run was stopped");
}

}  // namespace voxline
