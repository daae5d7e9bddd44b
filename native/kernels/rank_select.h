// Included by kernel files after begin_kernel.h, in its namespaces. Any rank of any box of integers, one
// voxel per lane.

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

template <class T>
inline std::int64_t radiusOf(T radius, int axis) {
  return static_cast<std::int64_t>(radius[axis]);
}

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

// Least (largest) voxels: first over the lines around a row, then along the row.
template <bool Least, class T>
inline void extremes(const BoxLines& around, std::int64_t radius, const T* in, T* out, std::int64_t nx,
                     T* row) {
  const auto better = [](Vector<T> a, Vector<T> b) { return Least ? minimum(a, b) : maximum(a, b); };
  constexpr T worst = Least ? std::numeric_limits<T>::max() : std::numeric_limits<T>::min();
  for (std::int64_t x = 0; x < nx + 2 * radius; x += kLanes<T>) {
    Vector<T> best = splat(worst);
    around.each(in + x - radius, [&](const T* line, std::ptrdiff_t step, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) best = better(best, load(line + i * step));
    });
    store(row + x, best);
  }
  for (std::int64_t x = 0; x < nx; x += kLanes<T>) {
    Vector<T> best = load(row + x);
    for (std::int64_t i = 1; i <= 2 * radius; ++i) best = better(best, load(row + x + i));
    store(out + x, best);
  }
}

template <class T, class Radius>
inline void selectRank(Radius radius, std::int64_t index, const Window<T>& in, const Box<T>& out) {
  BoxLines whole, around;
  for (int a = 0; a < in.rank; ++a) {
    if (radiusOf(radius, a) == 0) continue;
    whole.add(radiusOf(radius, a), in.stride[a]);
    if (a > 0) around.add(radiusOf(radius, a), in.stride[a]);
  }
  const std::int64_t last = whole.size() - 1, radius0 = radiusOf(radius, 0);
  const std::int64_t room = static_cast<std::int64_t>(kLocalBytes / sizeof(T)) - 2 * radius0 - 2 * kRowSlack;
  const RankSelect<T> select(whole, index, in.local);
  T* const row = reinterpret_cast<T*>(in.local);
  const auto oneRow = [&](const T* from, T* to) {
    if ((index == 0 || index == last) && room >= kRowSlack) {
      for (std::int64_t x = 0; x < out.nx; x += room) {
        const std::int64_t n = std::min(room, out.nx - x);
        if (index == 0) extremes<true>(around, radius0, from + x, to + x, n, row);
        else extremes<false>(around, radius0, from + x, to + x, n, row);
      }
      return;
    }
    for (std::int64_t x = 0; x < out.nx; x += kLanes<T>) store(to + x, select.at(from + x));
  };
  for (std::int64_t z = 0; z < out.nz; ++z)
    for (std::int64_t y = 0; y < out.ny; ++y)
      oneRow(in.data + z * (in.rank > 2 ? in.stride[2] : 0) + y * (in.rank > 1 ? in.stride[1] : 0),
             out.data + z * out.sz + y * out.sy);
}

// Empty when the radii are whole numbers whose box can be counted.
template <class Radius>
inline std::string_view checkRadius(Radius radius) {
  double size = 1;
  for (const double r : radius.values) {
    if (!(r >= 0 && r < 2147483648.0) || r != static_cast<double>(static_cast<std::int64_t>(r)))
      return "radius must be whole numbers of at least 0";
    size *= 2 * r + 1;
  }
  return size < 9007199254740992.0 ? "" : "the window holds too many voxels";
}
