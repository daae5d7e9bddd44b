#include "simd/begin_kernel.h"

#include "kernels/box_radius.h"
#include "kernels/element.h"
#include "kernels/extremes.h"

// The part of an element on axes 0 to 2 as a worker uses it. Planes at +z and -z, and rows at +y and -y, are alike.
struct Layers {
  int rows = 0;    // rows 0 to rows - 1 of a layer, counted from the centre
  int planes = 0;  // planes 0 to planes - 1
  int kinds = 0;   // different layers
  int halves = 0;  // different rows
  std::int64_t longest = -1;
  const std::int32_t* kindOf = nullptr;  // per plane
  const std::int32_t* half = nullptr;    // per kind and row: its number among the different ones, or -1
  const std::int32_t* number = nullptr;  // per half row up to `longest`: its number, or -1

  std::int32_t at(int kind, int row) const { return half[kind * rows + row]; }
};

// Scratch handed out in order.
class Room {
 public:
  Room(std::byte* begin, std::size_t bytes) : at_(begin), end_(begin + bytes) {}

  // Null when there is not that much left.
  template <class T>
  T* take(std::int64_t count) {
    const std::int64_t bytes = wholeVectors(count * static_cast<std::int64_t>(sizeof(T)), 64);
    if (bytes > end_ - at_) return nullptr;
    T* const begin = reinterpret_cast<T*>(at_);
    at_ += bytes;
    return begin;
  }

  std::int64_t left() const { return end_ - at_; }

 private:
  std::byte* at_;
  std::byte* end_;
};

// Null pointers in what is returned: the element is too large for the scratch.
inline Layers layersOf(const Element& element, Index at, Room& room) {
  Layers layers;
  const auto rows = static_cast<int>(element.radius(1)) + 1, planes = static_cast<int>(element.radius(2)) + 1;
  const std::int64_t longest = element.radius(0);
  std::int32_t* const number = room.take<std::int32_t>(longest + 1);
  std::int32_t* const kindOf = room.take<std::int32_t>(planes);
  std::int32_t* const half = room.take<std::int32_t>(std::int64_t{rows} * planes);
  if (!number || !kindOf || !half) return layers;
  for (std::int64_t h = 0; h <= longest; ++h) number[h] = -1;
  layers.rows = rows;
  for (at[2] = 0; at[2] < planes; ++at[2]) {
    std::int32_t* const made = half + layers.kinds * rows;
    bool any = false;
    for (at[1] = 0; at[1] < rows; ++at[1]) {
      const std::int64_t h = element.halfRow(at);
      layers.longest = std::max(layers.longest, h);
      any = any || h >= 0;
      if (h >= 0 && number[h] < 0) number[h] = layers.halves++;
      made[at[1]] = h < 0 ? -1 : number[h];
    }
    if (!any) break;
    int kind = 0;
    while (std::memcmp(half + kind * rows, made, sizeof(std::int32_t) * static_cast<std::size_t>(rows)) != 0)
      ++kind;
    kindOf[layers.planes++] = kind;
    layers.kinds = std::max(layers.kinds, kind + 1);
  }
  layers.kindOf = kindOf;
  layers.half = half;
  layers.number = number;
  return layers;
}

// Best over the layers around each voxel: best along x of all rows, over the rows of each kind of layer, over the layers. A column
// one vector wide goes along the planes; what several rows or planes share is made once.
template <bool Greatest, class T>
class LayeredBest {
  using V = Vector<T>;

 public:
  LayeredBest(const Layers& layers, const Window<T>& in, const Box<T>& out, bool joins)
      : layers_(layers),
        out_(out),
        sy_(in.rank > 1 ? in.stride[1] : 0),
        sz_(in.rank > 2 ? in.stride[2] : 0),
        joins_(joins),
        ring_(2 * layers.planes - 1) {}

  // False when there is no room for a single row of outputs.
  bool run(const T* data, Room room) {
    const std::int64_t around = layers_.rows - 1;
    neighbours_ = room.take<const V*>(2 * layers_.planes);
    const std::int64_t vectors = room.left() / static_cast<std::int64_t>(sizeof(V)) - kSlackVectors;
    const std::int64_t shared = 2 * around * layers_.halves,
                       perRow = layers_.halves + std::int64_t{ring_} * layers_.kinds;
    const std::int64_t most = neighbours_ ? std::min(out_.ny, (vectors - shared) / perRow) : 0;
    if (most < 1) return false;
    lines_ = room.take<V>((most + 2 * around) * layers_.halves);
    made_ = room.take<V>(most * ring_ * layers_.kinds);
    for (std::int64_t x = 0; x < out_.nx; x += kLanes<T>)
      for (std::int64_t y = 0; y < out_.ny; y += most) {
        count_ = std::min(most, out_.ny - y);
        column(data + x + y * sy_, out_.data + x + y * out_.sy);
      }
    return true;
  }

 private:
  void column(const T* in, T* out) {
    const std::int64_t reach = layers_.planes - 1;
    for (std::int64_t z = -reach; z < out_.nz + reach; ++z) {
      alongRows(in + z * sz_);
      for (int kind = 0; kind < layers_.kinds; ++kind) acrossRows(kind, plane(z, kind));
      if (z >= reach) acrossPlanes(z - reach, out + (z - reach) * out_.sz);
    }
  }

  V* plane(std::int64_t z, int kind) const {
    const std::int64_t slot = (z + layers_.planes - 1) % ring_;
    return made_ + (slot * layers_.kinds + kind) * count_;
  }

  void alongRows(const T* in) {
    V* to = lines_;
    const T* from = in - (layers_.rows - 1) * sy_;
    for (std::int64_t y = 0; y < count_ + 2 * (layers_.rows - 1); ++y, from += sy_, to += layers_.halves) {
      V best = load(from);
      if (layers_.number[0] >= 0) to[layers_.number[0]] = best;
      for (std::int64_t h = 1; h <= layers_.longest; ++h) {
        best = better<Greatest>(best, better<Greatest>(load(from - h), load(from + h)));
        if (layers_.number[h] >= 0) to[layers_.number[h]] = best;
      }
    }
  }

  void acrossRows(int kind, V* to) const {
    const V* centre = lines_ + (layers_.rows - 1) * layers_.halves;
    for (std::int64_t y = 0; y < count_; ++y, centre += layers_.halves) {
      V best = centre[layers_.at(kind, 0)];
      for (int row = 1; row < layers_.rows; ++row) {
        const std::int32_t number = layers_.at(kind, row);
        if (number < 0) break;
        const std::ptrdiff_t step = std::ptrdiff_t{row} * layers_.halves;
        best = better<Greatest>(best, better<Greatest>(centre[number - step], centre[number + step]));
      }
      to[y] = best;
    }
  }

  void acrossPlanes(std::int64_t z, T* out) {
    for (int k = 1; k < layers_.planes; ++k) {
      neighbours_[2 * k] = plane(z - k, layers_.kindOf[k]);
      neighbours_[2 * k + 1] = plane(z + k, layers_.kindOf[k]);
    }
    const V* const centre = plane(z, 0);
    for (std::int64_t y = 0; y < count_; ++y, out += out_.sy) {
      V best = centre[y];
      for (int k = 2; k < 2 * layers_.planes; k += 2)
        best = better<Greatest>(best, better<Greatest>(neighbours_[k][y], neighbours_[k + 1][y]));
      store(out, joins_ ? better<Greatest>(best, load(out)) : best);
    }
  }

  static constexpr std::int64_t kSlackVectors = 8;  // lost to alignment
  const Layers& layers_;
  const Box<T>& out_;
  std::ptrdiff_t sy_, sz_;
  bool joins_;
  int ring_;
  std::int64_t count_ = 0;  // rows of outputs made at once
  V* lines_ = nullptr;      // per row and half row
  V* made_ = nullptr;       // per plane of the ring, kind of layer and row
  const V** neighbours_ = nullptr;
};

// The same for elements of any size: the element's rows one after another, each over all rows of outputs.
template <bool Greatest, class T>
inline void bestByRows(const Element& element, Index at, const Window<T>& in, const Box<T>& out,
                       const T* data, bool joins) {
  T* const buffer = reinterpret_cast<T*>(in.local);
  const auto room = static_cast<std::int64_t>(kLocalBytes / sizeof(T));
  const auto oneRow = [&](std::int64_t half, const T* from, T* to) {
    const std::int64_t most = (room - 2 * half - 2 * kRowSlack) / 2;
    for (std::int64_t x = 0; x < out.nx; x += most) {
      const std::int64_t n = std::min(most, out.nx - x);
      T* const best = joins ? buffer : to + x;
      bestAlongRow<Greatest>(half, from + x, best, n, buffer + n + kRowSlack);
      for (std::int64_t i = 0; joins && i < n; i += kLanes<T>)
        store(to + x + i, better<Greatest>(load(to + x + i), load(best + i)));
    }
  };
  for (at[2] = -element.radius(2); at[2] <= element.radius(2); ++at[2])
    for (at[1] = -element.radius(1); at[1] <= element.radius(1); ++at[1]) {
      const std::int64_t half = element.halfRow(at);
      if (half < 0) continue;
      for (std::int64_t z = 0; z < out.nz; ++z)
        for (std::int64_t y = 0; y < out.ny; ++y)
          oneRow(half,
                 data + (in.rank > 2 ? (z + at[2]) * in.stride[2] : 0) +
                     (in.rank > 1 ? (y + at[1]) * in.stride[1] : 0),
                 out.data + z * out.sz + y * out.sy);
      joins = true;
    }
}

// Least, or greatest, voxel of a structuring element around each voxel.
struct ExtremeWindow : WindowKernel {
  struct Params {
    PerAxis radius;
    std::int32_t element = 0;  // Shape
    std::int32_t greatest = 0;
  };

  static constexpr auto name = "extreme_window";
  static constexpr auto fields =
      fieldsOf(field("radius", &Params::radius), field("element", &Params::element),
               field("greatest", &Params::greatest));
  static constexpr Types<Same<std::uint8_t>, Same<std::int16_t>, Same<std::int32_t>, Same<std::int64_t>>
      types{};
  static constexpr bool chunked = false;
  static constexpr double kMostRadius = 16384;

  static Halo halo(const Params& p, int rank) { return haloOfRadius(p.radius, rank); }

  static std::string_view check(const Params& p) {
    if (p.greatest != 0 && p.greatest != 1) return "greatest must be 0 or 1";
    if (p.element < 0 || p.element > static_cast<std::int32_t>(Shape::Cross)) return "element must be 0 to 3";
    for (const double r : p.radius.values)
      if (r > kMostRadius) return "radius must be at most 16384";
    return checkRadius(p.radius);
  }

  template <class In, class Out>
  static void run(const Params& p, const Window<In>& in, const Box<Out>& out) {
    const Element element(static_cast<Shape>(p.element), p.radius.values);
    if (p.greatest) best<true>(element, in, out);
    else best<false>(element, in, out);
  }

 private:
  // Axes beyond the third one position after another.
  template <bool Greatest, class T>
  static void best(const Element& element, const Window<T>& in, const Box<T>& out) {
    Index at{};
    const T* data = in.data;
    for (int a = 3; a < in.rank; ++a) {
      at[a] = -element.radius(a);
      data += at[a] * in.stride[a];
    }
    bool joins = false;
    for (;;) {
      joins = slice<Greatest>(element, at, in, out, data, joins) || joins;
      int a = 3;
      for (; a < in.rank; ++a) {
        data += in.stride[a];
        if (++at[a] <= element.radius(a)) break;
        data -= (at[a] + element.radius(a)) * in.stride[a];
        at[a] = -element.radius(a);
      }
      if (a >= in.rank) return;
    }
  }

  // False when the element has nothing there.
  template <bool Greatest, class T>
  static bool slice(const Element& element, const Index& at, const Window<T>& in, const Box<T>& out,
                    const T* data, bool joins) {
    if (element.halfRow(at) < 0) return false;
    Room room(in.local, kLocalBytes);
    const Layers layers = layersOf(element, at, room);
    if (layers.planes > 0 && LayeredBest<Greatest, T>(layers, in, out, joins).run(data, room)) return true;
    bestByRows<Greatest>(element, at, in, out, data, joins);
    return true;
  }
};

using Kernel = ExtremeWindow;
#include "simd/end_kernel.h"
