#include "labels/renumbering.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
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
constexpr std::uint64_t kSmall = 1 << 16;
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

template <class T>
bool isLabel(T x) {
  return (x > 0) | (x < 0);
}

template <class T>
bool isSmall(T x) {
  if constexpr (std::is_floating_point_v<T>) return x > 0 && x < static_cast<T>(kSmall) && x == std::floor(x);
  else return x > 0 && static_cast<std::uint64_t>(x) < kSmall;
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

template <class T>
void count(PerLabel<std::uint64_t>& counts, T label, std::uint64_t voxels) {
  if (!isLabel(label)) return;
  if (!isSmall(label)) {
    counts.others[keyOf(label)] += voxels;
    return;
  }
  const auto at = static_cast<std::size_t>(label);
  if (at >= counts.small.size()) counts.small.resize(std::bit_ceil(at + 1));
  counts.small[at] += voxels;
}

// Neighbours along a line often have one label.
template <class T>
void countLine(PerLabel<std::uint64_t>& counts, const std::byte* at, std::int64_t length, std::int64_t stride) {
  for (std::int64_t i = 0; i < length;) {
    const T label = *reinterpret_cast<const T*>(at + i * stride);
    const std::int64_t begin = i++;
    while (i < length && *reinterpret_cast<const T*>(at + i * stride) == label) ++i;
    count(counts, label, static_cast<std::uint64_t>(i - begin));
  }
}

template <class T>
std::uint32_t numberOf(const PerLabel<std::uint32_t>& numbers, T label) {
  if (!isLabel(label)) return 0;
  if (isSmall(label)) return static_cast<std::size_t>(label) < numbers.small.size() ? numbers.small[static_cast<std::size_t>(label)] : 0;
  const auto found = numbers.others.find(keyOf(label));
  return found == numbers.others.end() ? 0 : found->second;
}

template <class T>
void look(const PerLabel<std::uint32_t>& numbers, const std::byte* at, std::int64_t length, std::int64_t stride, std::uint32_t* found) {
  T last = 0;
  std::uint32_t number = 0;
  for (std::int64_t i = 0; i < length; ++i) {
    const T label = *reinterpret_cast<const T*>(at + i * stride);
    if (label != last) number = numberOf(numbers, last = label);
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

void merge(const PerLabel<std::uint64_t>& from, PerLabel<std::uint64_t>& to) {
  if (from.small.size() > to.small.size()) to.small.resize(from.small.size());
  for (std::size_t i = 0; i < from.small.size(); ++i) to.small[i] += from.small[i];
  for (const auto& [key, voxels] : from.others) to.others[key] += voxels;
}

struct Label {
  std::uint64_t key, voxels, small;  // small: 0 for the others
};

std::vector<Label> listed(const PerLabel<std::uint64_t>& counts, DType dtype, std::uint64_t minimum) {
  std::vector<Label> labels;
  const auto add = [&](const Label& label) {
    if (label.voxels > 0 && label.voxels >= minimum) labels.push_back(label);
  };
  visit(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    for (std::size_t i = 1; i < counts.small.size(); ++i) add({keyOf(static_cast<T>(i)), counts.small[i], i});
  });
  for (const auto& [key, voxels] : counts.others) add({key, voxels, 0});
  return labels;
}

}  // namespace

void Renumbering::add(const PlacedView& part, int threads, const std::atomic<bool>& stop) {
  dtype_ = part.view.dtype;
  const std::vector<Region> pieces = piecesOf(part.view);
  std::vector<PerLabel<std::uint64_t>> found(pieces.size());
  parallelFor(static_cast<std::int64_t>(pieces.size()), threads, stop, [&](std::int64_t i, Worker&) {
    const auto k = static_cast<std::size_t>(i);
    visit(dtype_, [&](auto type) {
      using T = typename decltype(type)::type;
      forEachLine(voxline::part(part.view, pieces[k]), [&](const std::byte* at, std::int64_t length, std::int64_t stride) {
        countLine<T>(found[k], at, length, stride);
      });
    });
  });
  if (stop.load()) throw Error(Code::Aborted, "the run was stopped");
  for (const auto& one : found) merge(one, counts_);
  if (counts_.bytes() > spec_.tableBytes)
    throw Error(Code::Memory, "the labels to renumber take more than " + std::to_string(spec_.tableBytes) +
                                  " bytes: give the run more memory",
                {{"bytes", static_cast<double>(counts_.bytes())}});
}

std::uint64_t Renumbering::finish(int, const std::atomic<bool>&) {
  std::vector<Label> labels = listed(counts_, dtype_, spec_.minimumSize);
  std::sort(labels.begin(), labels.end(), [&](const Label& a, const Label& b) {
    return spec_.isBySize && a.voxels != b.voxels ? a.voxels > b.voxels : a.key < b.key;
  });
  if (labels.size() > std::numeric_limits<std::uint32_t>::max())
    throw Error(Code::Filter, "the volume has more labels than 32-bit labels can number");
  numbers_.small.assign(counts_.small.size(), 0);
  std::uint32_t next = 0;
  for (const Label& label : labels) {
    if (label.small) numbers_.small[label.small] = ++next;
    else numbers_.others[label.key] = ++next;
  }
  counts_ = {};
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
