#include "simd/begin_kernel.h"

#include "kernels/line_strips.h"
#include "kernels/feature_lines.h"

// Squared distances of planes from those along one axis: along each of `axes` the least of g[j] + weight (i - j)^2, in place in the
// second output, which holds the planes whole; then roots, signs and limits into the first one. All sums are exact (the caller's
// weights see to that), so any way to the least gives the same bits.
//
// The best j of a voxel is never before that of an earlier voxel: voxels are done by bisection, each between the best of two others,
// for a strip of lines between the least and the greatest of all its lines.
struct DistancePlanes : RegionKernel {
  struct Params {
    std::span<const double> axes;
    std::span<const double> weights;
    double scale = 1;            // of the squares
    double limit = 0;            // of the result
    std::int32_t squared = 0;    // 1: no roots
    std::int32_t sign = 0;       // -1: objects are negative, 1: others are
  };

  static constexpr auto name = "distance_planes";
  static constexpr auto fields =
      fieldsOf(field("axes", &Params::axes), field("weights", &Params::weights), field("scale", &Params::scale),
               field("limit", &Params::limit), field("squared", &Params::squared), field("sign", &Params::sign));
  static constexpr Types<Pair<std::uint8_t, float>> types{};

  static std::string_view check(const Params& p) {
    if (p.axes.size() != p.weights.size()) return "there must be a weight per axis";
    for (const double axis : p.axes)
      if (!(axis >= 0 && axis < kMaxRank)) return "axes must be axes";
    for (const double weight : p.weights)
      if (!(weight > 0)) return "weights must be above 0";
    return "";
  }

  static std::string_view checkRegion(const Params& p, const RegionCall& call) {
    if (call.outputs != 2) return "there must be two outputs";
    const Placed &marks = call.in[0], &out = call.out[0], &squares = call.out[1];
    if (squares.dtype != DType::Float32 && squares.dtype != DType::Float64) return "squares must be floats";
    if (squares.rank != out.rank || marks.rank != out.rank) return "all must be of one rank";
    for (int a = 0; a < out.rank; ++a) {
      if (squares.start[a] > out.start[a] || endOf(squares, a) < endOf(out, a)) return "squares must hold the output";
      if (marks.start[a] > out.start[a] || endOf(marks, a) < endOf(out, a)) return "marks must hold the output";
    }
    for (const double axis : p.axes) {
      const int a = static_cast<int>(axis);
      if (a >= out.rank || squares.start[a] != 0 || squares.shape[a] != squares.extent[a]) return "squares must hold whole planes";
    }
    return {};
  }

  static unsigned wholeAxes(const Params& p, const RegionCall&) {
    unsigned mask = 0;
    for (const double axis : p.axes) mask |= 1u << static_cast<int>(axis);
    return mask;
  }

  static std::size_t localBytes(const Params& p, const RegionCall& call) {
    std::int64_t longest = 1;
    for (const double axis : p.axes) longest = std::max(longest, call.out[1].shape[static_cast<int>(axis)]);
    return static_cast<std::size_t>(longest) * (2 * kWidestStrip + 2 * sizeof(double) + 2 * sizeof(std::int64_t)) + 256;
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    eachAcross(call.part, wholeAxes(p, call), [&](const Region& part) {
      call.out[1].dtype == DType::Float32 ? plane<float>(p, call, part) : plane<double>(p, call, part);
    });
  }

 private:
  template <class T>
  static void plane(const Params& p, const RegionCall& call, const Region& part) {
    Region whole = part;
    for (const double axis : p.axes) whole.setAxis(static_cast<int>(axis), {0, call.out[1].extent[static_cast<int>(axis)]});
    for (std::size_t k = 0; k < p.axes.size(); ++k) {
      const int axis = static_cast<int>(p.axes[k]);
      Envelope<T> envelope(call.out[1].shape[axis], static_cast<T>(p.weights[k]), call.local);
      LineWalk walk(whole, axis, call.out[1]);
      Strip<T> strip;
      while (walk.next(strip)) {
        const StripView<T, T> view(call.out[1], axis, strip, 0);
        view.load(envelope.in, envelope.n);
        if (envelope.find()) view.store(envelope.out, envelope.n);
      }
    }
    eachAcross(part, 1u, [&](const Region& row) { finish<T>(p, call, row); });
  }

  template <class T>
  struct Envelope {
    using V = Vector<T>;
    static constexpr int kWidth = kStripLanes<T>;

    std::int64_t n;
    T weight;
    T *in, *out;
    T* cost;  // weight d^2 for d from 1 - n on
    std::int64_t *low, *high;

    Envelope(std::int64_t length, T w, std::byte* local) : n(length), weight(w) {
      in = reinterpret_cast<T*>(local);
      out = in + n * kWidth;
      low = reinterpret_cast<std::int64_t*>(out + n * kWidth);
      high = low + n;
      cost = reinterpret_cast<T*>(high + n);
      for (std::int64_t d = 1 - n; d < n; ++d) cost[d + n - 1] = static_cast<T>(d) * static_cast<T>(d) * weight;
    }

    // False where the lines stay as they are.
    bool find() {
      std::int64_t step = 1;
      while (2 * step <= n) step *= 2;
      const std::int64_t top = step - 1;
      if (n == 1 || !choose(top, 0, n - 1)) return false;
      for (step /= 2; step > 1; step /= 2)
        for (std::int64_t i = step - 1; i < n; i += 2 * step) choose(i, lowest(i, step), highest(i, step));
      for (std::int64_t i = 0; i < n && n > 1; i += 2) settle(i, lowest(i, 1), highest(i, 1));
      return true;
    }

    std::int64_t lowest(std::int64_t i, std::int64_t step) const { return i < step ? 0 : low[i - step]; }
    std::int64_t highest(std::int64_t i, std::int64_t step) const { return i + step < n ? high[i + step] : n - 1; }

    // A candidate farther off than the voxel's own square allows cannot be better.
    void narrow(std::int64_t i, std::int64_t& from, std::int64_t& to) const {
      if (to - from < 8) return;
      const T* own = in + i * kWidth;
      const T most = greatest(maximum(load(own), load(own + kLanes<T>)));
      if (!(most < kNever<T>)) return;
      const auto reach = static_cast<std::int64_t>(std::sqrt(static_cast<double>(most) / static_cast<double>(weight))) + 1;
      from = std::max(from, i - reach);
      to = std::min(to, i + reach);
    }

    // The best candidates of voxel i of all lines; false where no line has any.
    bool choose(std::int64_t i, std::int64_t from, std::int64_t to) {
      narrow(i, from, to);
      const V never = splat(kNever<T>);
      V best0 = never, best1 = never, arg0{}, arg1{};
      V j = splat(static_cast<T>(from));
      const T* row = in + from * kWidth;
      const T* price = cost + (from - i + n - 1);
      for (std::int64_t k = from; k <= to; ++k, row += kWidth, ++price) {
        const V value0 = load(row) + splat(*price), value1 = load(row + kLanes<T>) + splat(*price);
        arg0 = value0 < best0 ? j : arg0;
        arg1 = value1 < best1 ? j : arg1;
        best0 = minimum(best0, value0);
        best1 = minimum(best1, value1);
        j += splat(T{1});
      }
      store(out + i * kWidth, best0);
      store(out + i * kWidth + kLanes<T>, best1);
      // Lines without any feature have no say.
      const V least = minimum(best0 < never ? arg0 : never, best1 < never ? arg1 : never);
      const V most = maximum(best0 < never ? arg0 : -never, best1 < never ? arg1 : -never);
      const T first = -greatest(-least);
      if (!(first < kNever<T>)) return false;
      low[i] = static_cast<std::int64_t>(first);
      high[i] = static_cast<std::int64_t>(greatest(most));
      return true;
    }

    // The same where nobody asks for the candidates.
    void settle(std::int64_t i, std::int64_t from, std::int64_t to) {
      narrow(i, from, to);
      V best0 = splat(kNever<T>), best1 = best0;
      const T* row = in + from * kWidth;
      const T* price = cost + (from - i + n - 1);
      for (std::int64_t k = from; k <= to; ++k, row += kWidth, ++price) {
        best0 = minimum(load(row) + splat(*price), best0);
        best1 = minimum(load(row + kLanes<T>) + splat(*price), best1);
      }
      store(out + i * kWidth, best0);
      store(out + i * kWidth + kLanes<T>, best1);
    }

    static T greatest(V v) { return fold<kLanes<T> / 2>(v, std::make_integer_sequence<int, kLanes<T>>{}); }

    template <int Half, int... I>
    static T fold(V v, std::integer_sequence<int, I...> lanes) {
      if constexpr (Half == 0) return v[0];
      else return fold<Half / 2>(maximum(v, (V)__builtin_shufflevector(v, v, ((I + Half) % kLanes<T>)...)), lanes);
    }
  };

  static constexpr std::int64_t kPiece = 512;

  template <class T>
  static T* voxel(const Placed& placed, const Index& at) {
    auto* p = static_cast<std::byte*>(placed.data);
    for (int a = 0; a < placed.rank; ++a) p += (at[a] - placed.start[a]) * placed.strides[a];
    return reinterpret_cast<T*>(p);
  }

  template <class T>
  static void finish(const Params& p, const RegionCall& call, const Region& row) {
    Index at = row.start;
    const std::int64_t end = row.start[0] + row.shape[0];
    for (; at[0] < end; at[0] += kPiece) piece<T>(p, call, at, std::min(kPiece, end - at[0]));
  }

  template <class T>
  static void piece(const Params& p, const RegionCall& call, const Index& at, std::int64_t n) {
    double value[kPiece];
    const Placed &marks = call.in[0], &out = call.out[0], &squares = call.out[1];
    const T* from = voxel<T>(squares, at);
    const std::ptrdiff_t step = squares.strides[0] / static_cast<std::ptrdiff_t>(sizeof(T));
    if (step == 1) scaled(value, from, n, p.scale);
    else
      for (std::int64_t i = 0; i < n; ++i) value[i] = static_cast<double>(from[i * step]) * p.scale;
    if (!p.squared)
      for (std::int64_t i = 0; i < n; ++i) value[i] = std::sqrt(value[i]);
    float result[kPiece];
    for (std::int64_t i = 0; i < n; ++i) result[i] = static_cast<float>(value[i] < p.limit ? value[i] : p.limit);
    if (p.sign != 0) turn(result, voxel<std::uint8_t>(marks, at), marks.strides[0], Turn{n, p.sign < 0});
    auto* to = voxel<std::byte>(out, at);
    if (out.strides[0] == sizeof(float)) std::memcpy(to, result, static_cast<std::size_t>(n) * sizeof(float));
    else
      for (std::int64_t i = 0; i < n; ++i) std::memcpy(to + i * out.strides[0], result + i, sizeof(float));
  }

  template <class T>
  static void scaled(double* value, const T* from, std::int64_t n, double scale) {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i) value[i] = static_cast<double>(from[i]) * scale;
  }

  struct Turn {
    std::int64_t n;
    bool isObject;
  };

  // Zero stays as it is.
  static void turn(float* result, const std::uint8_t* marks, std::ptrdiff_t step, Turn which) {
    const int wanted = which.isObject ? kObjectMark : 0;
    if (step == 1) {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < which.n; ++i) result[i] = (marks[i] & kObjectMark) == wanted ? 0.0f - result[i] : result[i];
    } else {
      for (std::int64_t i = 0; i < which.n; ++i)
        if ((marks[i * step] & kObjectMark) == wanted) result[i] = 0.0f - result[i];
    }
  }
};

template struct Registered<DistancePlanes>;
#include "simd/end_kernel.h"
