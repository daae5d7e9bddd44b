#include "simd/begin_kernel.h"

#include "kernels/box_radius.h"
#include "kernels/element.h"
#include "kernels/element_layers.h"
#include "kernels/extremes.h"

// Best over the layers around each voxel: best along x of all rows, over the rows of each kind of layer, over the layers. A column
// one vector wide goes along the planes; what several rows or planes share is made once.
template <bool Greatest, class T>
class LayeredBest {
 public:
  LayeredBest(const Layers& layers, const Window<T>& in, const Box<T>& out, bool joins)
      : layers_(layers),
        out_(out),
        sy_(in.rank > 1 ? in.stride[1] : 0),
        sz_(in.rank > 2 ? in.stride[2] : 0),
        around_(layers.rows - 1),
        ring_(2 * layers.planes - 1),
        joins_(joins) {}

  // False when there is no room for a single row of outputs.
  bool run(const T* data, Room room) {
    others_ = room.take<const T*>(2 * std::max(layers_.rows, layers_.planes));
    const std::int64_t lines = layers_.halves + 1, made = std::int64_t{ring_} * layers_.kinds;
    const std::int64_t vectors = room.left() / VOXLINE_VECTOR_BYTES - kSlackVectors;
    const std::int64_t most =
        others_ ? std::min(out_.ny, (vectors - 2 * around_ * lines) / (lines + made)) : 0;
    if (most < 1) return false;
    lines_ = room.take<T>((most + 2 * around_) * lines * kLanes<T>);
    made_ = room.take<T>(most * made * kLanes<T>);
    for (std::int64_t x = 0; x < out_.nx; x += kLanes<T>)
      for (std::int64_t y = 0; y < out_.ny; y += most) {
        count_ = std::min(most, out_.ny - y);
        column(data + x + y * sy_, out_.data + x + y * out_.sy);
      }
    return true;
  }

 private:
  // Vectors one below the other.
  template <class E>
  struct Column {
    E* top;
    std::ptrdiff_t step = kLanes<T>;
  };

  void column(const T* in, T* out) {
    const std::int64_t reach = layers_.planes - 1;
    for (std::int64_t z = -reach; z < out_.nz + reach; ++z) {
      alongRows(in + z * sz_);
      for (int kind = 0; kind < layers_.kinds; ++kind) acrossRows(kind, plane(z, kind));
      if (z >= reach) acrossPlanes(z - reach, out + (z - reach) * out_.sz);
    }
  }

  T* plane(std::int64_t z, int kind) const {
    const std::int64_t slot = (z + layers_.planes - 1) % ring_;
    return made_ + (slot * layers_.kinds + kind) * count_ * kLanes<T>;
  }

  // The row's voxels from -h to h, all rows below one another; half rows of no number share the last place.
  T* line(std::int64_t h) const {
    const std::int32_t number = layers_.number[h];
    return lines_ + (number < 0 ? layers_.halves : number) * (count_ + 2 * around_) * kLanes<T>;
  }

  void alongRows(const T* in) {
    const Column<const T> rows{in - around_ * sy_, sy_};
    T* best = line(0);
    join<0>(rows, nullptr, {best}, count_ + 2 * around_);
    for (std::int64_t h = 1; h <= layers_.longest; ++h) {
      T* const wider = line(h);
      widen(rows, h, best, wider);
      best = wider;
    }
  }

  __attribute__((noinline)) void widen(Column<const T> rows, std::int64_t h, const T* best, T* wider) const {
    const std::int64_t end = (count_ + 2 * around_) * kLanes<T>;
    for (std::int64_t i = 0; i < end; i += kLanes<T>, rows.top += rows.step)
      store(wider + i,
            better<Greatest>(load(best + i), better<Greatest>(load(rows.top - h), load(rows.top + h))));
  }

  void acrossRows(int kind, T* to) {
    int count = 0;
    for (int row = 1; row < layers_.rows && layers_.at(kind, row) >= 0; ++row) {
      const T* centre = lineOf(layers_.at(kind, row));
      others_[count++] = centre - row * kLanes<T>;
      others_[count++] = centre + row * kLanes<T>;
    }
    gather({lineOf(layers_.at(kind, 0))}, count, {to});
  }

  const T* lineOf(std::int32_t number) const {
    return lines_ + (number * (count_ + 2 * around_) + around_) * kLanes<T>;
  }

  void acrossPlanes(std::int64_t z, T* out) {
    const T* const centre = plane(z, 0);
    int count = 0;
    if (joins_) others_[count++] = centre, others_[count++] = centre;
    for (int k = 1; k < layers_.planes; ++k) {
      others_[count++] = plane(z - k, layers_.kindOf[k]);
      others_[count++] = plane(z + k, layers_.kindOf[k]);
    }
    const Column<T> to{out, out_.sy};
    gather(joins_ ? Column<const T>{out, out_.sy} : Column<const T>{centre}, count, to);
  }

  // Best of `from` and of the `count` columns in others_, an even number.
  void gather(Column<const T> from, int count, Column<T> to) const {
    if (count == 0) return join<0>(from, nullptr, to, count_);
    for (int k = 0; k < count; from = {to.top, to.step})
      if (count - k >= 4) join<4>(from, others_ + k, to, count_), k += 4;
      else join<2>(from, others_ + k, to, count_), k += 2;
  }

  template <int Count>
  __attribute__((noinline)) static void join(Column<const T> from, const T* const* others, Column<T> to,
                                             std::int64_t count) {
    const T* column[Count + 1];
    for (int k = 0; k < Count; ++k) column[k] = others[k];
    for (std::int64_t y = 0; y < count; ++y, from.top += from.step, to.top += to.step) {
      Vector<T> best = load(from.top);
      for (int k = 0; k < Count; ++k) best = better<Greatest>(best, load(column[k] + y * kLanes<T>));
      store(to.top, best);
    }
  }

  static constexpr std::int64_t kSlackVectors = 8;  // lost to alignment
  const Layers& layers_;
  const Box<T>& out_;
  std::ptrdiff_t sy_, sz_;
  std::int64_t around_;  // rows before and behind those of outputs
  int ring_;             // planes that are kept
  bool joins_;
  std::int64_t count_ = 0;  // rows of outputs made at once
  T* lines_ = nullptr;      // per half row, row
  T* made_ = nullptr;       // per plane of the ring, kind of layer, row
  const T** others_ = nullptr;
};

// The same for elements of any size: the element's rows one after another, each over all rows of outputs.
template <bool Greatest, class T>
__attribute__((noinline)) void bestByRows(const Element& element, Index at, const Window<T>& in,
                                          const Box<T>& out, const T* data, bool joins) {
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

template struct Registered<ExtremeWindow>;
#include "simd/end_kernel.h"
