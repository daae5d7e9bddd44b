#include "simd/begin_kernel.h"

#include "kernels/decay.h"

// One iteration of anisotropic diffusion along the first one to three axes, from the differences, summed over the axes, of the fluxes
// through a voxel's faces; D is the slope across a face and q the square of the gradient there. Gradient diffusion: the flux is
// D e^(q invK), the result u + timeStep * sum. Modified curvature diffusion: the flux is D e^(q invK) / sqrt(q + 1e-10), and the sum is
// multiplied by the length of the gradient as level sets see it that move by the sum (upwind differences). Beyond the volume voxels
// repeat, so nothing flows through its faces. The input must hold the neighbours of the output's voxels.
struct DiffusionStep : RegionKernel {
  struct Params {
    std::span<const double> slopes;  // per axis 1 / spacing
    double invK = 0;                 // not above 0
    double timeStep = 0;
    double isCurved = 0;  // 1: modified curvature diffusion
  };

  static constexpr auto name = "diffusion_step";
  static constexpr auto fields =
      fieldsOf(field("slopes", &Params::slopes), field("invK", &Params::invK), field("timeStep", &Params::timeStep),
               field("isCurved", &Params::isCurved));
  static constexpr Types<Same<float>, Same<double>> types{};

  static std::string_view check(const Params& p) {
    if (p.slopes.empty() || p.slopes.size() > 3) return "slopes must hold one to three numbers";
    if (p.invK > 0) return "invK must not be above 0";
    return p.isCurved == 0 || p.isCurved == 1 ? "" : "isCurved must be 0 or 1";
  }

  static std::string_view checkRegion(const Params& p, const RegionCall& call) {
    const Placed &in = call.in[0], &out = call.out[0];
    if (in.rank != out.rank || static_cast<int>(p.slopes.size()) > in.rank) return "input and output must have the axes of the slopes";
    for (int a = 0; a < in.rank; ++a) {
      if (in.extent[a] != out.extent[a]) return "input and output must be of one volume";
      const std::int64_t around = a < static_cast<int>(p.slopes.size());
      const Interval wanted = clip({out.start[a] - around, out.start[a] + out.shape[a] + around}, {0, in.extent[a]});
      if (in.start[a] > wanted.begin || in.start[a] + in.shape[a] < wanted.end) return "the input must hold the neighbours";
    }
    return {};
  }

  static std::size_t localBytes(const Params&, const RegionCall& call) {
    const std::int64_t rows = rowsOf(tileRows(call.out[0].shape[0], sizeOf(call.out[0].dtype)));
    return static_cast<std::size_t>(rows * rowLength(call.out[0].shape[0], sizeOf(call.out[0].dtype))) * sizeOf(call.out[0].dtype);
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    if (p.isCurved != 0) runTiles<In, true>(p, call);
    else runTiles<In, false>(p, call);
  }

 private:
  static constexpr std::int64_t kCacheBytes = 256 << 10;  // what a tile may take of the second-level cache

  template <class V>
  static V squareRoot(V x) {
    V root;
    for (std::size_t i = 0; i < sizeof(V) / sizeof(x[0]); ++i) root[i] = std::sqrt(x[i]);
    return root;
  }

  template <class T, bool Curved>
  static void runTiles(const Params& p, const RegionCall& call) {
    const int axes = static_cast<int>(p.slopes.size());
    Region box = call.part;
    for (int a = axes; a < box.rank; ++a) box.shape[a] = 1;
    Tile<T, Curved> tile(p, call);
    for (;;) {
      tile.box(box);
      int a = axes;
      for (; a < box.rank; ++a) {
        if (++box.start[a] < call.part.start[a] + call.part.shape[a]) break;
        box.start[a] = call.part.start[a];
      }
      if (a == box.rank) return;
    }
  }

  // A row in scratch: a vector of room on the left, whole vectors and one more on the right.
  static std::int64_t rowLength(std::int64_t n, std::size_t bytes) {
    const std::int64_t lanes = VOXLINE_VECTOR_BYTES / static_cast<std::int64_t>(bytes);
    return wholeVectors(n, static_cast<int>(lanes)) + 2 * lanes;
  }
  // Three planes of rows with a row around, the fluxes through the rows' upper faces, and three rows.
  static std::int64_t rowsOf(std::int64_t ny) { return 3 * (ny + 2) + ny + 3; }
  static std::int64_t tileRows(std::int64_t n, std::size_t bytes) {
    const std::int64_t row = rowLength(n, bytes) * static_cast<std::int64_t>(bytes);
    return std::clamp<std::int64_t>(kCacheBytes / row / 4, 4, 64);
  }

  template <class T, bool Curved>
  class Tile {
   public:
    Tile(const Params& p, const RegionCall& call)
        : call_(call), axes_(static_cast<int>(p.slopes.size())), invK_(static_cast<T>(p.invK)), timeStep_(static_cast<T>(p.timeStep)) {
      for (int a = 0; a < axes_; ++a) {
        slope_[a] = static_cast<T>(p.slopes[a]);
        square_[a] = static_cast<T>(p.slopes[a] * p.slopes[a] / 16);
      }
      tileRows_ = tileRows(call.out[0].shape[0], sizeof(T));
      row_ = rowLength(call.out[0].shape[0], sizeof(T));
      T* scratch = reinterpret_cast<T*>(call.local);
      std::fill_n(scratch, rowsOf(tileRows_) * row_, T{0});
      planes_ = scratch + kLanes<T>;
      above_ = planes_ + 3 * (tileRows_ + 2) * row_;
      fluxX_ = above_ + tileRows_ * row_;
      fluxY_ = fluxX_ + row_;
      result_ = fluxY_ + row_;
    }

    // A box that is one voxel wide along the axes without diffusion.
    void box(const Region& box) {
      box_ = box;
      x_ = box.axis(0);
      z_ = axes_ > 2 ? box.axis(2) : Interval{0, 1};
      const Interval y = axes_ > 1 ? box.axis(1) : Interval{0, 1};
      for (y_.begin = y.begin; y_.begin < y.end; y_.begin = y_.end) {
        y_.end = std::min(y_.begin + tileRows_, y.end);
        slide();
      }
    }

   private:
    void slide() {
      loadPlane(z_.begin - 1);
      loadPlane(z_.begin);
      if (axes_ > 2)
        for (std::int64_t y = y_.begin; y < y_.end; ++y) flux<2>(y, z_.begin - 1, 0, aboveRow(y));
      for (std::int64_t z = z_.begin; z < z_.end; ++z) {
        loadPlane(z + 1);
        if (axes_ > 1) flux<1>(y_.begin - 1, z, 0, fluxY_);
        for (std::int64_t y = y_.begin; y < y_.end; ++y) computeRow(y, z);
      }
    }

    T* aboveRow(std::int64_t y) const { return above_ + (y - y_.begin) * row_; }
    T* rowAt(std::int64_t y, std::int64_t z) const {
      return planes_ + ((z + 3) % 3 * (tileRows_ + 2) + (y - y_.begin + 1)) * row_;
    }

    void loadPlane(std::int64_t z) {
      if (axes_ < 3 && z != 0) return;
      const std::int64_t around = axes_ > 1;
      for (std::int64_t y = y_.begin - around; y < y_.end + around; ++y) loadRow(rowAt(y, z), y, z);
      if (axes_ > 2) return;
      // Without a third axis all three planes are this one.
      for (const std::int64_t other : {z - 1, z + 1})
        for (std::int64_t y = y_.begin - around; y < y_.end + around; ++y) std::copy_n(rowAt(y, z) - 1, row_ - kLanes<T>, rowAt(y, other) - 1);
    }

    void loadRow(T* to, std::int64_t y, std::int64_t z) {
      const Placed& in = call_.in[0];
      const auto inside = [&](std::int64_t i, int a) { return std::clamp<std::int64_t>(i, 0, in.extent[a] - 1) - in.start[a]; };
      const auto* from = static_cast<const std::byte*>(in.data);
      if (axes_ > 1) from += inside(y, 1) * in.strides[1];
      if (axes_ > 2) from += inside(z, 2) * in.strides[2];
      for (int a = axes_; a < in.rank; ++a) from += (box_.start[a] - in.start[a]) * in.strides[a];
      const auto at = [&](std::int64_t x) { return *reinterpret_cast<const T*>(from + inside(x, 0) * in.strides[0]); };
      const std::int64_t n = x_.length();
      if (in.strides[0] == sizeof(T)) std::memcpy(to, from + inside(x_.begin, 0) * in.strides[0], static_cast<std::size_t>(n) * sizeof(T));
      else
        for (std::int64_t i = 0; i < n; ++i) to[i] = at(x_.begin + i);
      to[-1] = at(x_.begin - 1);
      to[n] = at(x_.end);
      if (axes_ == 1)
        for (const std::int64_t other : {y - 1, y + 1}) std::copy_n(to - 1, row_ - kLanes<T>, rowAt(other, z) - 1);
    }

    // Flux along `Axis` through the upper faces of a row's voxels from x = first on, in whole vectors. `to` may hold that through the
    // lower faces: then the difference is added to the result.
    template <int Axis, bool Adds = false>
    void flux(std::int64_t y, std::int64_t z, std::int64_t first, T* to) const {
      constexpr int A = Axis == 0 ? 1 : 0, B = Axis == 2 ? 1 : 2;
      const T* here = rowAt(y, z);
      const T* next = Axis == 0 ? here + 1 : Axis == 1 ? rowAt(y + 1, z) : rowAt(y, z + 1);
      const std::ptrdiff_t plane = Axis == 2 ? z + 1 : z, line = Axis == 1 ? y + 1 : y;
      const T *upA, *downA, *upNextA, *downNextA;
      if constexpr (A == 0) {
        upA = here + 1, downA = here - 1, upNextA = next + 1, downNextA = next - 1;
      } else {
        upA = rowAt(y + 1, z), downA = rowAt(y - 1, z), upNextA = upA + 1, downNextA = downA + 1;
      }
      const T *upB, *downB, *upNextB, *downNextB;
      if constexpr (B == 2) {
        upB = rowAt(y, z + 1), downB = rowAt(y, z - 1);
        upNextB = Axis == 0 ? upB + 1 : rowAt(line, z + 1), downNextB = Axis == 0 ? downB + 1 : rowAt(line, z - 1);
      } else {
        upB = rowAt(y + 1, z), downB = rowAt(y - 1, z), upNextB = rowAt(y + 1, plane), downNextB = rowAt(y - 1, plane);
      }
      const Vector<T> slope = splat(slope_[Axis]), squareA = splat(square_[A]), squareB = splat(square_[B]), invK = splat(invK_);
      for (std::int64_t x = first; x < x_.length(); x += kLanes<T>) {
        const Vector<T> d = (load(next + x) - load(here + x)) * slope;
        const Vector<T> a = (load(upA + x) - load(downA + x)) + (load(upNextA + x) - load(downNextA + x));
        const Vector<T> b = (load(upB + x) - load(downB + x)) + (load(upNextB + x) - load(downNextB + x));
        const Vector<T> q = d * d + (a * a * squareA + b * b * squareB);
        Vector<T> through = d * decay<T>(q * invK);
        if constexpr (Curved) through = through / squareRoot(q + splat(static_cast<T>(1e-10)));
        if constexpr (Adds) store(result_ + x, load(result_ + x) + (through - load(to + x)));
        store(to + x, through);
      }
    }

    void computeRow(std::int64_t y, std::int64_t z) {
      flux<0>(y, z, -1, fluxX_);
      const T* here = rowAt(y, z);
      for (std::int64_t x = 0; x < x_.length(); x += kLanes<T>) store(result_ + x, load(fluxX_ + x) - load(fluxX_ + x - 1));
      if (axes_ > 1) flux<1, true>(y, z, 0, fluxY_);
      if (axes_ > 2) flux<2, true>(y, z, 0, aboveRow(y));
      const Vector<T> timeStep = splat(timeStep_);
      for (std::int64_t x = 0; x < x_.length(); x += kLanes<T>) {
        Vector<T> change = load(result_ + x);
        if constexpr (Curved) {
          // What does not move stays, however steep its surroundings are.
          const auto isStill = change == Vector<T>{};
          change = isStill ? change : change * upwindSlope(x, y, z, change > Vector<T>{});
        }
        store(result_ + x, withQuietNans<T>(load(here + x) + change * timeStep));
      }
      storeRow(y, z);
    }

    // Length of the gradient from the differences on the side where level sets come from. Those that are NaN count as 0: what the length
    // is multiplied by is NaN there.
    template <class Mask>
    Vector<T> upwindSlope(std::int64_t x, std::int64_t y, std::int64_t z, Mask isRising) const {
      const T* row = rowAt(y, z);
      const Vector<T> here = load(row + x);
      Vector<T> square{};
      const auto add = [&](const T* lower, const T* upper, int axis) {
        const Vector<T> slope = splat(slope_[axis]), none{};
        const Vector<T> below = (here - load(lower + x)) * slope, above = (load(upper + x) - here) * slope;
        const Vector<T> from = (isRising ? below < none : below > none) ? below : none;
        const Vector<T> to = (isRising ? above > none : above < none) ? above : none;
        square = square + (from * from + to * to);
      };
      add(row - 1, row + 1, 0);
      if (axes_ > 1) add(rowAt(y - 1, z), rowAt(y + 1, z), 1);
      if (axes_ > 2) add(rowAt(y, z - 1), rowAt(y, z + 1), 2);
      return squareRoot(square);
    }

    void storeRow(std::int64_t y, std::int64_t z) {
      const Placed& out = call_.out[0];
      auto* to = static_cast<std::byte*>(out.data) + (x_.begin - out.start[0]) * out.strides[0];
      if (axes_ > 1) to += (y - out.start[1]) * out.strides[1];
      if (axes_ > 2) to += (z - out.start[2]) * out.strides[2];
      for (int a = axes_; a < out.rank; ++a) to += (box_.start[a] - out.start[a]) * out.strides[a];
      const std::int64_t n = x_.length();
      if (out.strides[0] == sizeof(T)) std::memcpy(to, result_, static_cast<std::size_t>(n) * sizeof(T));
      else
        for (std::int64_t i = 0; i < n; ++i) std::memcpy(to + i * out.strides[0], result_ + i, sizeof(T));
    }

    const RegionCall& call_;
    int axes_;
    T invK_, timeStep_;
    std::array<T, 3> slope_{}, square_{};
    std::int64_t tileRows_, row_;
    T *planes_, *above_, *fluxX_, *fluxY_, *result_;
    Region box_;
    Interval x_, y_, z_;
  };
};

template struct Registered<DiffusionStep>;
#include "simd/end_kernel.h"
