#include "simd/begin_kernel.h"

// Length of the gradient by central differences: sqrt of the sum of ((f[+1] - f[-1]) * weight)^2, in the
// order of the volume's own axes, so that a permuted volume gives the same bits. An axis of weight 0 takes no
// part. Integers never make NaN. Differences of 8- and 16-bit integers are exact as integers and as floats: either way gives the same bits.
struct GradientMagnitudeWindow : WindowKernel {
  struct Params {
    PerAxis weights;  // 1 / (2 * spacing)
  };

  static constexpr auto name = "gradient_magnitude_window";
  static constexpr NanKind nans = NanKind::NoneOfIntegers;
  static constexpr auto fields = fieldsOf(field("weights", &Params::weights));
  static constexpr Types<Same<float>, Same<double>, Pair<std::int16_t, float>, Pair<std::uint16_t, float>,
                         Pair<std::uint8_t, float>>
      types{};

  static Halo halo(const Params& p, int rank) {
    Halo halo;
    for (int a = 0; a < rank; ++a) halo.low[a] = halo.high[a] = p.weights[a] != 0;
    return halo;
  }

  template <class In, class Out>
  static void run(const Params& p, const Window<In>& in, const Box<Out>& out) {
    Axes<Out> axes;
    for (int k = 0; k < in.rank; ++k) {
      const int a = static_cast<int>(in.axes[k]);
      if (p.weights[a] == 0) continue;
      axes.step[axes.count] = in.stride[a];
      axes.weight[axes.count++] = finite<Out>(p.weights[a]);
    }
    for (std::int64_t z = 0; z < out.nz; ++z)
      for (std::int64_t y = 0; y < out.ny; ++y) {
        const In* from =
            in.data + (in.rank > 1 ? y * in.stride[1] : 0) + (in.rank > 2 ? z * in.stride[2] : 0);
        Out* to = out.data + y * out.sy + z * out.sz;
        switch (axes.count) {
          case 1:
            row<1>(axes, from, to, out.nx);
            break;
          case 2:
            row<2>(axes, from, to, out.nx);
            break;
          case 3:
            row<3>(axes, from, to, out.nx);
            break;
          default:
            anyRow(axes, from, to, out.nx);
        }
      }
  }

 private:
  template <class T>
  struct Axes {
    int count = 0;
    std::array<std::ptrdiff_t, kMaxRank> step{};
    std::array<T, kMaxRank> weight{};
  };

  // An infinite one would make NaN of equal neighbours.
  template <class T>
  static T finite(double weight) {
    constexpr double most = std::numeric_limits<T>::max();
    return static_cast<T>(std::fmax(-most, std::fmin(weight, most)));
  }

  template <class T, class In>
  static T difference(In next, In previous) {
    if constexpr (std::is_integral_v<In>) return static_cast<T>(std::int32_t{next} - std::int32_t{previous});
    else return next - previous;
  }

  template <int Count, class In, class T>
  static void row(const Axes<T>& axes, const In* in, T* out, std::int64_t n) {
    std::ptrdiff_t step[Count];
    T weight[Count];
    for (int k = 0; k < Count; ++k) step[k] = axes.step[k], weight[k] = axes.weight[k];
    // Of one vector's lanes at a time: of longer pieces the compiler would load vectors of narrow voxels and take them apart.
    constexpr int lanes = kLanes<T>;
    for (std::int64_t x = 0; x < n; x += lanes) {
      T sum[lanes] = {};
      for (int k = 0; k < Count; ++k) {
        const In *next = in + x + step[k], *previous = in + x - step[k];
        for (int i = 0; i < lanes; ++i) {
          const T slope = difference<T>(next[i], previous[i]) * weight[k];
          sum[i] += slope * slope;
        }
      }
      for (int i = 0; i < lanes; ++i) out[x + i] = std::sqrt(sum[i]);
    }
  }

  template <class In, class T>
  static void anyRow(const Axes<T>& axes, const In* in, T* out, std::int64_t n) {
    for (std::int64_t x = 0; x < n; x += kRowSlack) {
      T sum[kRowSlack] = {};
      for (int k = 0; k < axes.count; ++k) {
        const In *next = in + x + axes.step[k], *previous = in + x - axes.step[k];
        for (int i = 0; i < kRowSlack; ++i) {
          const T slope = difference<T>(next[i], previous[i]) * axes.weight[k];
          sum[i] += slope * slope;
        }
      }
      for (int i = 0; i < kRowSlack; ++i) out[x + i] = std::sqrt(sum[i]);
    }
  }
};

template struct Registered<GradientMagnitudeWindow>;
#include "simd/end_kernel.h"
