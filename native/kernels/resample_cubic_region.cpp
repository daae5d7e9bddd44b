#include "simd/begin_kernel.h"

#include "kernels/cubic_mix.h"
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
  struct alignas(64) Chunk {
    std::int64_t offset[kChunk];
    T weights[3][4][kChunk];
    T out[kChunk];
  };

  template <class T>
  static T valueAt(const Source& source, const Row& row, std::int64_t i) {
    double at[3];
    for (int k = 0; k < 3; ++k) at[k] = row.coordinate(source, k, static_cast<double>(i));
    return cubicAt<T>(source, row.from, at);
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
        put<T>(row.to + (i - row.all.begin) * stride, valueAt<T>(source, row, i));
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
      const CubicTaps<T> taps = axis.isConstant() ? cubicTapsOf<T>(axis, row.base[k]) : CubicTaps<T>{};
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
        chunk.out[v] = canonical(cubicSum(weights[0], weights[1], weights[2], four));
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
        weighCubic(c - floor, weights[0][i], weights[1][i], weights[2][i], weights[3][i]);
        offset[i] += (floor - begin) * stride;
      }
    }
    for (std::int64_t i = 0; i < n; ++i) chunk.offset[i] = wholeOf(offset[i]);
  }
};

template struct Registered<ResampleCubicRegion>;
#include "simd/end_kernel.h"
