#include "volume/border.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "volume/loose.h"

namespace voxline {

std::int64_t borderIndex(std::int64_t i, std::int64_t n, Border border) {
  if (i >= 0 && i < n) return i;
  switch (border) {
    case Border::Edge:
      return i < 0 ? 0 : n - 1;
    case Border::Constant:
      return -1;
    case Border::Wrap:
      return floorMod(i, n);
    case Border::Symmetric: {
      const std::int64_t m = floorMod(i, 2 * n);
      return m < n ? m : 2 * n - 1 - m;
    }
    default: {
      if (n == 1) return 0;
      const std::int64_t m = floorMod(i, 2 * n - 2);
      return m < n ? m : 2 * n - 2 - m;
    }
  }
}

namespace {

// Positions of one axis handled together: their sources are worked out once for all rows.
constexpr std::int64_t kBatch = 64;

struct Positions {
  std::int64_t begin = 0;
  std::int64_t count = 0;
  std::int64_t sources[kBatch];
};

// Calls f with positions outside [0, n) and inside `box`, in batches.
template <class F>
void forOutside(Interval box, std::int64_t n, Border border, F&& f) {
  const Interval parts[] = {{box.begin, std::min<std::int64_t>(box.end, 0)},
                            {std::max(box.begin, n), box.end}};
  for (const Interval part : parts) {
    for (std::int64_t begin = part.begin; begin < part.end; begin += kBatch) {
      Positions positions;
      positions.begin = begin;
      positions.count = std::min(kBatch, part.end - begin);
      for (std::int64_t k = 0; k < positions.count; ++k)
        positions.sources[k] = borderIndex(begin + k, n, border);
      f(positions);
    }
  }
}

// Rows along axis 0 over all positions of the other axes; an axis that is left out stays at index 0.
class Rows {
 public:
  explicit Rows(const Scratch& scratch) : first_(scratch.voxel0) {}

  void add(Interval positions, std::int64_t stride) {
    first_ += positions.begin * stride;
    empty_ = empty_ || positions.length() <= 0;
    counts_[axes_] = positions.length();
    strides_[axes_++] = stride;
  }

  template <class F>
  void forEach(F&& f) const {
    if (empty_) return;
    std::byte* row = first_;
    Index at{};
    for (;;) {
      f(row);
      int a = 0;
      for (; a < axes_; ++a) {
        row += strides_[a];
        if (++at[a] < counts_[a]) break;
        row -= strides_[a] * counts_[a];
        at[a] = 0;
      }
      if (a == axes_) return;
    }
  }

 private:
  std::byte* first_;
  bool empty_ = false;
  int axes_ = 0;
  Index counts_{};
  Index strides_{};
};

template <class T>
struct Filler {
  const Scratch& scratch;
  Region valid;
  Region box;
  Index extent;
  Border border;
  T value;

  void fillRow(std::byte* row, Interval positions) const {
    const std::int64_t stride = scratch.strides[0];
    std::byte* to = row + positions.begin * stride;
    if (stride == sizeof(T)) {
      fillRun(loose<T>(to), positions.length(), value);
      return;
    }
    for (std::int64_t k = 0; k < positions.length(); ++k, to += stride) loose<T>(to)->value = value;
  }

  void copyRow(std::byte* to, const std::byte* from) const {
    const std::int64_t stride = scratch.strides[0];
    const Interval row = box.axis(0);
    to += row.begin * stride;
    from += row.begin * stride;
    if (stride == sizeof(T)) {
      std::memcpy(to, from, static_cast<std::size_t>(row.length()) * sizeof(T));
      return;
    }
    for (std::int64_t k = 0; k < row.length(); ++k, to += stride, from += stride)
      *loose<T>(to) = *loose<T>(from);
  }

  void alongRows() const {
    Rows rows(scratch);
    for (int a = 1; a < scratch.rank; ++a) rows.add(valid.axis(a), scratch.strides[a]);
    const std::int64_t stride = scratch.strides[0];
    forOutside(box.axis(0), extent[0], border, [&](const Positions& positions) {
      rows.forEach([&](std::byte* row) {
        if (border == Border::Constant)
          return fillRow(row, {positions.begin, positions.begin + positions.count});
        std::byte* to = row + positions.begin * stride;
        for (std::int64_t k = 0; k < positions.count; ++k, to += stride)
          *loose<T>(to) = *loose<T>(row + positions.sources[k] * stride);
      });
    });
  }

  // Whole rows: axes before `axis` are filled already, axes after it still hold valid voxels only.
  void acrossRows(int axis) const {
    Rows rows(scratch);
    for (int a = 1; a < scratch.rank; ++a)
      if (a != axis) rows.add(a < axis ? box.axis(a) : valid.axis(a), scratch.strides[a]);
    const std::int64_t stride = scratch.strides[axis];
    forOutside(box.axis(axis), extent[axis], border, [&](const Positions& positions) {
      for (std::int64_t k = 0; k < positions.count; ++k) {
        const std::int64_t to = (positions.begin + k) * stride, from = positions.sources[k] * stride;
        rows.forEach([&](std::byte* row) {
          border == Border::Constant ? fillRow(row + to, box.axis(0)) : copyRow(row + to, row + from);
        });
      }
    });
  }
};

template <class T>
void fillTyped(const Scratch& scratch, const Region& valid, const Region& box, const Index& extent,
               Border border, std::uint64_t bits) {
  Filler<T> filler{scratch, valid, box, extent, border, static_cast<T>(bits)};
  for (int a = 0; a < scratch.rank; ++a) filler.valid.setAxis(a, clip(valid.axis(a), {0, extent[a]}));
  if (box.size() <= 0) return;
  filler.alongRows();
  for (int a = 1; a < scratch.rank; ++a) filler.acrossRows(a);
}

}  // namespace

Scratch scratchFrom(std::byte* first, const Index& base, const Index& strides, int rank, std::size_t elementBytes) {
  Scratch scratch{first, static_cast<int>(elementBytes), rank, {}};
  for (int a = 0; a < rank; ++a) {
    scratch.strides[a] = strides[a] * scratch.elementBytes;
    scratch.voxel0 -= base[a] * scratch.strides[a];
  }
  return scratch;
}

void fillBorder(const Scratch& scratch, const Region& valid, const Region& box, const Index& extent,
                Border border, std::uint64_t bits) {
  switch (scratch.elementBytes) {
    case 1:
      return fillTyped<std::uint8_t>(scratch, valid, box, extent, border, bits);
    case 2:
      return fillTyped<std::uint16_t>(scratch, valid, box, extent, border, bits);
    case 4:
      return fillTyped<std::uint32_t>(scratch, valid, box, extent, border, bits);
    case 8:
      return fillTyped<std::uint64_t>(scratch, valid, box, extent, border, bits);
    default:
      throw internalError("elements of a border must have 1, 2, 4 or 8 bytes");
  }
}

}  // namespace voxline
