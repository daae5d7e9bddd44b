// Included by kernel files after begin_kernel.h, in its namespaces: lines of placed voxels, as many at a time as two vectors have lanes.
#pragma once

template <class T>
inline constexpr int kStripLanes = 2 * kLanes<T>;

// Bytes of a voxel of every line of a strip where vectors are widest: how much scratch a kernel of any level wants is asked of the lowest.
inline constexpr std::size_t kWidestStrip = 128;
static_assert(kStripLanes<float> * sizeof(float) <= kWidestStrip);

// A part of a volume as the kernels of lines take it: offsets are counted from the voxel of index 0 along every axis but the lines'.
inline std::ptrdiff_t offsetOf(const Placed& placed, const Index& at, int axis) {
  std::ptrdiff_t offset = 0;
  for (int a = 0; a < placed.rank; ++a)
    if (a != axis) offset += (at[a] - placed.start[a]) * placed.strides[a];
  return offset;
}

// Up to kStripLanes lines along one axis; lanes without a line repeat the first one.
template <class T>
struct Strip {
  int count = 0;
  int across = -1;  // where all lanes are taken by neighbours along one axis: that one, and only at[0] is set
  std::array<Index, kStripLanes<T>> at;
};

// Lines of a region along an axis, those next to each other in `order` one after another.
class LineWalk {
 public:
  LineWalk(const Region& region, int axis, const Placed& order) : region_(region), at_(region.start) {
    for (int a = 0; a < region.rank; ++a)
      if (a != axis) axes_[count_++] = a;
    const auto step = [&](int a) { return std::abs(order.strides[a]); };
    for (int i = 1; i < count_; ++i)
      for (int k = i; k > 0 && step(axes_[k]) < step(axes_[k - 1]); --k) std::swap(axes_[k], axes_[k - 1]);
    isDone_ = region.size() == 0;
  }

  template <class T>
  bool next(Strip<T>& strip) {
    strip.count = 0;
    strip.across = -1;
    if (!isDone_ && count_ > 0 && leftOf(axes_[0]) >= kStripLanes<T>) {
      strip.count = kStripLanes<T>;
      strip.across = axes_[0];
      strip.at[0] = at_;
      at_[axes_[0]] += kStripLanes<T> - 1;
      advance();
    }
    while (!isDone_ && strip.count < kStripLanes<T>) {
      strip.at[strip.count++] = at_;
      advance();
    }
    return strip.count > 0;
  }

 private:
  std::int64_t leftOf(int a) const { return region_.start[a] + region_.shape[a] - at_[a]; }

  void advance() {
    for (int k = 0; k < count_; ++k) {
      const int a = axes_[k];
      if (++at_[a] < region_.start[a] + region_.shape[a]) return;
      at_[a] = region_.start[a];
    }
    isDone_ = true;
  }

  Region region_;
  Index at_;
  std::array<int, kMaxRank> axes_{};
  int count_ = 0;
  bool isDone_ = false;
};

// Rows of a strip lie far apart, where the processor does not foresee them: so many rows ahead they are fetched to be read and to be written.
// Where sides are powers of two all rows share the same few places of the caches, so what is to be written must not wait there for long.
inline constexpr std::int64_t kReadAhead = 16, kWrittenAhead = 4;

// Fetches the row of a strip of lines of L whose voxels in memory are of type T, to be read or to be written.
template <class T, class L, bool ForWriting = false>
inline void fetchRow(const std::byte* row) {
  for (std::size_t i = 0; i < sizeof(T) * kStripLanes<L>; i += kCacheLine) __builtin_prefetch(row + i, ForWriting);
}

// Where the lines of a strip begin in one view, and how a line is stepped along. T is the element type in memory.
template <class T, class L>
class StripView {
 public:
  static constexpr int kCount = kStripLanes<L>;

  // Many places make views and move lines: none of it is written out at each.
  [[gnu::noinline]] StripView(const Placed& placed, int axis, const Strip<L>& strip, std::int64_t first)
      : step_(placed.strides[axis]), count_(strip.count) {
    auto* data = static_cast<std::byte*>(placed.data) + (first - placed.start[axis]) * step_;
    if (strip.across >= 0) {
      const std::ptrdiff_t across = placed.strides[strip.across];
      isRow_ = across == sizeof(T);
      data += offsetOf(placed, strip.at[0], axis);
      for (int l = 0; l < kCount; ++l) line_[l] = data + l * across;
      return;
    }
    for (int l = 0; l < kCount; ++l) line_[l] = data + offsetOf(placed, strip.at[l < count_ ? l : 0], axis);
    isRow_ = count_ == kCount;
    for (int l = 1; l < kCount; ++l) isRow_ = isRow_ && line_[l] == line_[0] + l * static_cast<std::ptrdiff_t>(sizeof(T));
  }

  // Whether the voxels of all lines at one place are a row in memory; then the first one's, and the bytes to the next row.
  bool isRow() const { return isRow_; }
  std::byte* row() const { return line_[0]; }
  std::ptrdiff_t step() const { return step_; }

  // n voxels of every line to local[i * kCount + lane], as another type where local has one.
  template <class To>
  [[gnu::noinline]] void load(To* local, std::int64_t n) const {
    std::int64_t i = 0;
    if (isRow_) {
      for (; i < n; ++i) {
        fetchRow<T, L>(line_[0] + (i + kReadAhead) * step_);
        loadRow(local + i * kCount, reinterpret_cast<const T*>(line_[0] + i * step_));
      }
    } else if (kSquares<To> && step_ == sizeof(T)) {
      for (; i + kLanes<To> <= n; i += kLanes<To>) loadSquares(local, i);
    }
    for (; i < n; ++i)
      for (int l = 0; l < kCount; ++l) local[i * kCount + l] = static_cast<To>(*voxel(l, i));
  }

  [[gnu::noinline]] void store(const T* local, std::int64_t n) const {
    std::int64_t i = 0;
    if (isRow_) {
      for (; i < n; ++i) std::memcpy(line_[0] + i * step_, local + i * kCount, sizeof(T) * kCount);
    } else if (kSquares<T> && step_ == sizeof(T)) {
      for (; i + kLanes<T> <= n; i += kLanes<T>) storeSquares(local, i);
    }
    for (; i < n; ++i)
      for (int l = 0; l < count_; ++l) *voxel(l, i) = local[i * kCount + l];
  }

 private:
  template <class To>
  static constexpr bool kSquares = kCount % kLanes<To> == 0;

  T* voxel(int lane, std::int64_t i) const { return reinterpret_cast<T*>(line_[lane] + i * step_); }

  template <class To>
  static void loadRow(To* local, const T* row) {
    if constexpr (std::is_same_v<To, T>) {
      std::memcpy(local, row, sizeof(T) * kCount);
    } else {
      static_assert(kSquares<To>);
      for (int l = 0; l < kCount; l += kLanes<To>) voxline::store(local + l, loadAs<To>(row + l));
    }
  }

  template <class To>
  void loadSquares(To* local, std::int64_t i) const {
    for (int g = 0; kSquares<To> && g < kCount; g += kLanes<To>) {
      Vector<To> square[kLanes<To>];
      for (int r = 0; r < kLanes<To>; ++r) square[r] = loadAs<To>(voxel(g + r, i));
      transpose<To>(square);
      for (int r = 0; r < kLanes<To>; ++r) voxline::store(local + (i + r) * kCount + g, square[r]);
    }
  }

  void storeSquares(const T* local, std::int64_t i) const {
    for (int g = 0; kSquares<T> && g < count_; g += kLanes<T>) {
      Vector<T> square[kLanes<T>];
      for (int r = 0; r < kLanes<T>; ++r) square[r] = voxline::load(local + (i + r) * kCount + g);
      transpose<T>(square);
      for (int r = 0; r < kLanes<T> && g + r < count_; ++r) voxline::store(voxel(g + r, i), square[r]);
    }
  }

  std::array<std::byte*, kCount> line_{};
  std::ptrdiff_t step_;
  int count_;
  bool isRow_;
};

// Calls f with a region's boxes that are whole along the axes of `mask` and one voxel wide along the others.
template <class F>
inline void eachAcross(const Region& region, unsigned mask, F&& f) {
  Region box = region;
  for (int a = 0; a < region.rank; ++a)
    if (!(mask >> a & 1u)) box.shape[a] = 1;
  for (;;) {
    f(box);
    int a = 0;
    for (; a < region.rank; ++a) {
      if (mask >> a & 1u) continue;
      if (++box.start[a] < region.start[a] + region.shape[a]) break;
      box.start[a] = region.start[a];
    }
    if (a == region.rank) return;
  }
}

inline std::int64_t endOf(const Placed& placed, int axis) { return placed.start[axis] + placed.shape[axis]; }

// Whether `outer` holds `inner` along every axis but one, in a volume of the same shape there.
inline bool holdsBeside(const Placed& outer, const Placed& inner, int axis) {
  if (outer.rank != inner.rank) return false;
  for (int a = 0; a < outer.rank; ++a) {
    if (a == axis) continue;
    if (outer.extent[a] != inner.extent[a] || outer.start[a] > inner.start[a] ||
        endOf(outer, a) < endOf(inner, a))
      return false;
  }
  return true;
}
