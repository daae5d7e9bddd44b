#include "simd/begin_kernel.h"

#include "kernels/placed_voxels.h"
#include "kernels/point_rows.h"
#include "kernels/rounding.h"

#include "kernels/resample_rows.h"

// Values of a cubic B-spline, whose coefficients are the input, mirrored at the ends of every axis. Sums run over the second axis, then
// the third, then the first.
struct ResampleCubicRegion : RegionKernel {
  struct Params {
    std::span<const double> axes;
    std::span<const double> matrix;
    double outside = 0;
  };

  static constexpr auto name = "resample_cubic_region";
  static constexpr auto fields = fieldsOf(field("axes", &Params::axes), field("matrix", &Params::matrix),
                                          field("outside", &Params::outside));
  static constexpr Types<Same<float>, Same<double>> types{};

  static std::string_view checkRegion(const Params& p, const RegionCall& call) {
    return checkMap({p.axes, p.matrix}, call);
  }

  static std::size_t localBytes(const Params&, const RegionCall&) { return sizeof(Chunk<double>); }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    const ResampleMap map{p.axes, p.matrix};
    const Source source = sourceOf(map, call.in[0]);
    const Out outside = static_cast<Out>(p.outside);
    auto* chunk = reinterpret_cast<Chunk<In>*>(call.local);
    const std::ptrdiff_t stride = call.out[0].strides[map.axis(0)];
    eachRowOf(map, source, call, [&](const Row& row) {
      fillOutside(row, stride, outside);
      values(source, row, stride, *chunk);
    });
  }

 private:
  static constexpr std::int64_t kChunk = 128;

  template <class T>
  struct FourOf {
    typedef T type __attribute__((vector_size(4 * sizeof(T))));
  };
  template <class T>
  using Four = typename FourOf<T>::type;

  template <class T>
  struct alignas(64) Chunk {
    std::int64_t offset[kChunk];
    T weights[3][4][kChunk];
    T out[kChunk];
  };

  // The four coefficients along an axis that make a value: where they lie, as held, and their weights.
  template <class T>
  struct Taps {
    std::int64_t at[4] = {0, 0, 0, 0};
    T weight[4] = {1, 0, 0, 0};
  };

  template <class T>
  static void weigh(double f, T& a, T& b, T& c, T& d) {
    const double g = 1 - f;
    a = static_cast<T>(g * g * g * (1.0 / 6));
    b = static_cast<T>(2.0 / 3 - f * f * (1 - 0.5 * f));
    c = static_cast<T>(2.0 / 3 - g * g * (1 - 0.5 * g));
    d = static_cast<T>(f * f * f * (1.0 / 6));
  }

  static std::int64_t mirrored(std::int64_t i, std::int64_t n) {
    const std::int64_t period = 2 * n - 2, at = ((i % period) + period) % period;
    return at < n ? at : period - at;
  }

  template <class T>
  static Taps<T> tapsOf(const SourceAxis& axis, double c) {
    Taps<T> taps;
    if (axis.extent == 1) return taps;
    const std::int64_t floor = floorOf(c);
    for (int t = 0; t < 4; ++t)
      taps.at[t] = clampedTo(mirrored(floor - 1 + t, axis.extent), axis.held) - axis.held.begin;
    weigh(c - static_cast<double>(floor), taps.weight[0], taps.weight[1], taps.weight[2], taps.weight[3]);
    return taps;
  }

  // `four` gives the coefficients along the first axis for a tap of the second and of the third.
  template <class T, class F>
  static T summed(const T* x, const T* y, const T* z, F four) {
    Four<T> sum{};
    for (int k = 0; k < 4; ++k) {
      Four<T> plane = four(0, k) * y[0];
      for (int j = 1; j < 4; ++j) plane += four(j, k) * y[j];
      sum += plane * z[k];
    }
    return ((sum[0] * x[0] + sum[1] * x[1]) + sum[2] * x[2]) + sum[3] * x[3];
  }

  // One voxel anywhere inside the volume.
  template <class T>
  static T valueAt(const Source& source, const Row& row, std::int64_t i) {
    Taps<T> taps[3];
    for (int k = 0; k < 3; ++k)
      taps[k] = tapsOf<T>(source.axes[k], row.coordinate(source, k, static_cast<double>(i)));
    const auto four = [&](int j, int k) {
      const std::byte* from =
          row.from + taps[1].at[j] * source.axes[1].stride + taps[2].at[k] * source.axes[2].stride;
      Four<T> values{};
      for (int t = 0; t < 4; ++t) values[t] = get<T>(from + taps[0].at[t] * source.axes[0].stride);
      return values;
    };
    return summed(taps[0].weight, taps[1].weight, taps[2].weight, four);
  }

  template <class T>
  static void values(const Source& source, const Row& row, std::ptrdiff_t stride, Chunk<T>& chunk) {
    Interval inner = row.inside;
    for (int k = 0; k < 3; ++k) {
      const SourceAxis& axis = source.axes[k];
      if (k > 0 && axis.isConstant()) continue;
      inner = clipRow(row, source, k, static_cast<double>(axis.held.begin + 1),
                      static_cast<double>(axis.held.end - 2), inner);
    }
    const auto each = [&](Interval some) {
      for (std::int64_t i = some.begin; i < some.end; ++i)
        put<T>(row.to + (i - row.all.begin) * stride, canonical(valueAt<T>(source, row, i)));
    };
    each({row.inside.begin, inner.begin});
    if (inner.length() > 0) inside(source, row, inner, stride, chunk);
    each({inner.end, row.inside.end});
  }

  // Voxels all of whose coefficients are held, none of them mirrored along an axis that varies.
  template <class T>
  static void inside(const Source& source, const Row& row, Interval inner, std::ptrdiff_t stride,
                     Chunk<T>& chunk) {
    const std::ptrdiff_t step = source.axes[0].stride;
    std::ptrdiff_t offsets[3][4];
    for (int k = 1; k < 3; ++k) {
      const SourceAxis& axis = source.axes[k];
      const Taps<T> taps = axis.isConstant() ? tapsOf<T>(axis, row.base[k]) : Taps<T>{};
      for (int t = 0; t < 4; ++t) {
        offsets[k][t] = (axis.isConstant() ? taps.at[t] : t) * axis.stride;
        if (axis.isConstant())
          for (T& weight : chunk.weights[k][t]) weight = taps.weight[t];
      }
    }
    for (std::int64_t i = inner.begin; i < inner.end; i += kChunk) {
      const std::int64_t n = std::min(kChunk, inner.end - i);
      place(source, row, i, n, chunk);
      for (std::int64_t v = 0; v < n; ++v) {
        const std::byte* from = row.from + chunk.offset[v];
        const auto four = [&](int j, int k) {
          const std::byte* corner = from + offsets[1][j] + offsets[2][k];
          if (step == sizeof(T)) return get<Four<T>>(corner);
          return Four<T>{get<T>(corner), get<T>(corner + step), get<T>(corner + 2 * step),
                         get<T>(corner + 3 * step)};
        };
        T weights[3][4];
        for (int k = 0; k < 3; ++k)
          for (int t = 0; t < 4; ++t) weights[k][t] = chunk.weights[k][t][v];
        chunk.out[v] = canonical(summed(weights[0], weights[1], weights[2], four));
      }
      writeLine(chunk.out, row.to + (i - row.all.begin) * stride, stride, n);
    }
  }

  // Offsets of the first coefficients and weights of all, along the axes that vary.
  template <class T>
  static void place(const Source& source, const Row& row, std::int64_t first, std::int64_t n,
                    Chunk<T>& chunk) {
    const double start = static_cast<double>(first);
    double offset[kChunk];
    for (std::int64_t i = 0; i < n; ++i) offset[i] = 0;
    for (int k = 0; k < 3; ++k) {
      const SourceAxis& axis = source.axes[k];
      if (k > 0 && axis.isConstant()) continue;
      const double step = axis.step[0], base = row.base[k];
      const double begin = static_cast<double>(axis.held.begin + 1),
                   stride = static_cast<double>(axis.stride);
      auto& weights = chunk.weights[k];
      for (std::int32_t i = 0; i < static_cast<std::int32_t>(n); ++i) {
        const double c = step * (start + static_cast<double>(i)) + base;
        const double floor = static_cast<double>(static_cast<std::int32_t>(c));
        weigh(c - floor, weights[0][i], weights[1][i], weights[2][i], weights[3][i]);
        offset[i] += (floor - begin) * stride;
      }
    }
    for (std::int64_t i = 0; i < n; ++i) chunk.offset[i] = wholeOf(offset[i]);
  }
};

template struct Registered<ResampleCubicRegion>;
#include "simd/end_kernel.h"
