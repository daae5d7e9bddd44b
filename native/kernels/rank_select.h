// Included by kernel files after begin_kernel.h, in its namespaces. Any rank of any box of integers, one
// voxel per lane.
#pragma once

// The box as lines: its longest side, and the other sides around it.
struct BoxLines {
  int axes = 0;
  std::array<std::int64_t, kMaxRank> count{};
  std::array<std::ptrdiff_t, kMaxRank> stride{};

  void add(std::int64_t radius, std::ptrdiff_t step) {
    count[axes] = 2 * radius + 1;
    stride[axes++] = step;
    if (count[axes - 1] <= count[0]) return;
    std::swap(count[0], count[axes - 1]);
    std::swap(stride[0], stride[axes - 1]);
  }

  std::int64_t size() const {
    std::int64_t size = 1;
    for (int a = 0; a < axes; ++a) size *= count[a];
    return size;
  }

  // f(first voxel, step, count) for every line of the box around `centre`.
  template <class T, class F>
  void each(const T* centre, F f) const {
    const T* line = centre;
    for (int a = 0; a < axes; ++a) line -= count[a] / 2 * stride[a];
    std::array<std::int64_t, kMaxRank> at{};
    for (;;) {
      f(line, axes ? stride[0] : 0, axes ? count[0] : 1);
      int a = 1;
      for (; a < axes; ++a) {
        line += stride[a];
        if (++at[a] < count[a]) break;
        line -= count[a] * stride[a];
        at[a] = 0;
      }
      if (a >= axes) return;
    }
  }
};

// The voxel of ascending position `index` of each window, found bit by bit: how far it lies above the least
// of its window.
template <class T>
class RankSelect {
  using Unsigned = std::make_unsigned_t<T>;
  using V = Vector<T>;
  using U = Vector<Unsigned>;
  static constexpr int lanes = kLanes<T>;

 public:
  RankSelect(const BoxLines& lines, std::int64_t index, std::byte* local)
      : lines_(lines), index_(index), size_(lines.size()), copy_(reinterpret_cast<T*>(local)) {}

  V at(const T* centre) const {
    if (size_ * lanes > static_cast<std::int64_t>(kLocalBytes / sizeof(T)))
      return search([&](auto f) { lines_.each(centre, f); });
    T* to = copy_;
    lines_.each(centre, [&](const T* line, std::ptrdiff_t step, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i, to += lanes) store(to, load(line + i * step));
    });
    return search([&](auto f) { f(copy_, lanes, size_); });
  }

 private:
  // eachLine(f) calls f(first voxel, step, count) until every voxel of the window was seen.
  template <class Each>
  V search(Each eachLine) const {
    V least = splat(std::numeric_limits<T>::max()), most = splat(std::numeric_limits<T>::min());
    eachLine([&](const T* line, std::ptrdiff_t step, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) {
        const V x = load(line + i * step);
        least = minimum(least, x);
        most = maximum(most, x);
      }
    });
    U above{};  // result - least
    for (int bit = bitsOf((U)most - (U)least) - 1; bit >= 0; --bit) {
      const U candidate = above + splat(static_cast<Unsigned>(Unsigned{1} << bit));
      const V value = (V)((U)least + candidate);
      // Beyond the largest voxel all are less; the sum may also have wrapped.
      const auto few = atMost(eachLine, value) & (U)(candidate <= (U)most - (U)least);
      above = above + (few & splat(static_cast<Unsigned>(Unsigned{1} << bit)));
    }
    return (V)((U)least + above);
  }

  static int bitsOf(U range) {
    Unsigned all = 0;
    for (int l = 0; l < lanes; ++l) all |= range[l];
    int bits = 0;
    for (; all; all = static_cast<Unsigned>(all >> 1)) ++bits;
    return bits;
  }

  // All ones in the lanes where no more than `index` voxels are less than `value`.
  template <class Each>
  U atMost(Each eachLine, V value) const {
    constexpr std::int64_t room =
        sizeof(T) > 4 ? std::int64_t{1} << 62 : (std::int64_t{1} << 8 * sizeof(T)) - 1;
    alignas(64) std::int64_t total[lanes] = {};
    U less{};
    std::int64_t left = room;
    const auto flush = [&] {
      for (int l = 0; l < lanes; ++l) total[l] += static_cast<std::int64_t>(less[l]);
      less = U{};
      left = room;
    };
    eachLine([&](const T* line, std::ptrdiff_t step, std::int64_t count) {
      while (count) {
        const std::int64_t some = std::min(count, left);
        for (std::int64_t i = 0; i < some; ++i) less -= (U)(load(line + i * step) < value);
        line += some * step;
        count -= some;
        left -= some;
        if (left == 0) flush();
      }
    });
    if (size_ <= room) return (U)(less <= splat(static_cast<Unsigned>(index_)));
    flush();
    U few{};
    for (int l = 0; l < lanes; ++l)
      few[l] = total[l] <= index_ ? static_cast<Unsigned>(~Unsigned{0}) : Unsigned{0};
    return few;
  }

  BoxLines lines_;
  std::int64_t index_;
  std::int64_t size_;
  T* copy_;
};

template <class T, class Radius>
inline void selectRank(Radius radius, std::int64_t index, const Window<T>& in, const Box<T>& out) {
  BoxLines lines;
  for (int a = 0; a < in.rank; ++a)
    if (radiusOf(radius, a) > 0) lines.add(radiusOf(radius, a), in.stride[a]);
  const RankSelect<T> select(lines, index, in.local);
  for (std::int64_t z = 0; z < out.nz; ++z)
    for (std::int64_t y = 0; y < out.ny; ++y) {
      const T* from = in.data + z * (in.rank > 2 ? in.stride[2] : 0) + y * (in.rank > 1 ? in.stride[1] : 0);
      T* to = out.data + z * out.sz + y * out.sy;
      for (std::int64_t x = 0; x < out.nx; x += kLanes<T>) store(to + x, select.at(from + x));
    }
}
