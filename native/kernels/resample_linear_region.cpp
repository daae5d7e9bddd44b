#include "simd/begin_kernel.h"

#include "kernels/placed_voxels.h"
#include "kernels/point_rows.h"
#include "kernels/rounding.h"

#include "kernels/resample_rows.h"

#include "kernels/linear_mix.h"

#include "kernels/corner_squares.h"

// Linear interpolation along the three spatial axes, neighbours clamped to the volume: a + (b - a) · f along the first axis, then the
// second, then the third, where a neighbour of weight 0 is left alone. When the matrix is diagonal the order is third, second, first.
struct ResampleLinearRegion : RegionKernel {
  struct Params {
    std::span<const double> axes;
    std::span<const double> matrix;
    double outside = 0;
  };

  static constexpr auto name = "resample_linear_region";
  static constexpr auto fields = fieldsOf(field("axes", &Params::axes), field("matrix", &Params::matrix),
                                          field("outside", &Params::outside));
  static constexpr Types<Same<std::uint8_t>, Same<std::uint16_t>, Same<std::int16_t>, Same<float>,
                         Same<double>>
      types{};

  static std::string_view checkRegion(const Params& p, const RegionCall& call) {
    return checkMap({p.axes, p.matrix}, call);
  }

  static std::size_t localBytes(const Params& p, const RegionCall& call) {
    const int x = static_cast<int>(p.axes[0]);
    const std::int64_t in = call.in[0].shape[x], out = call.out[0].shape[x];
    return sizeof(MixChunk<double>) + static_cast<std::size_t>(5 * LocalMemory::bytesOf<double>(in) +
                                                               4 * LocalMemory::bytesOf<double>(out));
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    const ResampleMap map{p.axes, p.matrix};
    const Source source = sourceOf(map, call.in[0]);
    const Out outside = static_cast<Out>(p.outside);
    if (isDiagonal(source)) return Separable<In>(map, source, call, outside).run();
    auto* chunk = reinterpret_cast<MixChunk<In>*>(call.local);
    const std::ptrdiff_t stride = call.out[0].strides[map.axis(0)];
    eachRowOf(map, source, call, [&](const Row& row) {
      fillOutside(row, stride, outside);
      general(source, row, stride, *chunk);
    });
  }

 private:
  static bool isDiagonal(const Source& source) {
    for (int k = 0; k < 3; ++k)
      for (int j = 0; j < 3; ++j)
        if (j != k && source.axes[k].step[j] != 0) return false;
    return true;
  }

  template <class T>
  static T valueAt(const Source& source, const Row& row, std::int64_t i) {
    double at[3];
    for (int k = 0; k < 3; ++k) at[k] = row.coordinate(source, k, static_cast<double>(i));
    return linearAt<T>(source, row.from, at);
  }

  // A row of a rotated grid: voxels whose neighbours are all held in chunks, the others one by one.
  template <class T>
  static void general(const Source& source, const Row& row, std::ptrdiff_t stride, MixChunk<T>& chunk) {
    Interval inner = row.inside;
    for (int k = 0; k < 3; ++k) {
      const SourceAxis& axis = source.axes[k];
      if (k > 0 && axis.isConstant()) continue;
      inner = clipRow(row, source, k, static_cast<double>(axis.held.begin),
                      static_cast<double>(axis.held.end - 1), inner);
    }
    const auto each = [&](Interval some) {
      for (std::int64_t i = some.begin; i < some.end; ++i)
        put<T>(row.to + (i - row.all.begin) * stride, valueAt<T>(source, row, i));
    };
    each({row.inside.begin, inner.begin});
    const Neighbours<T> neighbours(source, row);
    for (std::int64_t i = inner.begin; i < inner.end; i += kMixed) {
      const std::int64_t n = std::min(kMixed, inner.end - i);
      neighbours.mix(i, n, chunk);
      writeLine(chunk.out, row.to + (i - row.all.begin) * stride, stride, n);
    }
    each({inner.end, row.inside.end});
  }

  // The neighbours of the voxels of a row, relative to the first of each.
  template <class T>
  class Neighbours {
    using R = RealOf<T>;

   public:
    Neighbours(const Source& source, const Row& row) : source_(source), row_(row), first_(row.from) {
      first_ -= source.axes[0].held.begin * source.axes[0].stride;
      for (int k = 1; k < 3; ++k) {
        const SourceAxis& axis = source.axes[k];
        varies_[k] = !axis.isConstant();
        first_ -= axis.held.begin * axis.stride;
        std::ptrdiff_t second = axis.stride;
        if (!varies_[k]) {
          const Taps<R> taps = tapsOf<R>(axis, axis.extent == 1 ? 0 : row.base[k]);
          fixed_[k] = taps.f;
          first_ += taps.a * axis.stride;
          second = (taps.b - taps.a) * axis.stride;
        }
        if (!varies_[k] && fixed_[k] == 0) continue;
        if (rows_ == 1) across_ = k;
        for (int r = 0; r < rows_; ++r) offsets_[rows_ + r] = offsets_[r] + second;
        rows_ *= 2;
      }
      if (rows_ == 1) offsets_[1] = offsets_[0];
    }

    void mix(std::int64_t first, std::int64_t n, MixChunk<T>& chunk) const {
      place(first, n, chunk);
      const std::ptrdiff_t step = source_.axes[0].stride;
      const R* across = chunk.f[across_];
      rows_ == 4 ? mixSquares<2>(first_, offsets_, step, across, source_.ahead, n, chunk)
                 : mixSquares<1>(first_, offsets_, step, across, source_.ahead, n, chunk);
    }

   private:
    // Offsets of the first neighbours and weights of the second ones.
    void place(std::int64_t first, std::int64_t n, MixChunk<T>& chunk) const {
      for (std::int64_t i = 0; i < n; ++i) chunk.place[i] = 0;
      for (int k = 0; k < 3; ++k) {
        if (k == 0 || varies_[k])
          placeAlong(source_.axes[k], row_.base[k], static_cast<double>(first), chunk.place, chunk.f[k], n);
        else
          for (std::int64_t i = 0; i < n; ++i) chunk.f[k][i] = fixed_[k];
      }
      for (std::int64_t i = 0; i < n; ++i) chunk.offset[i] = wholeOf(chunk.place[i]);
    }

    const Source& source_;
    const Row& row_;
    const std::byte* first_;  // where offsets count from
    std::array<std::ptrdiff_t, 4> offsets_{};
    int rows_ = 1;
    int across_ = 1;  // the axis whose neighbours make a square with those of the first
    bool varies_[3] = {true, true, true};
    R fixed_[3] = {};
  };

  // A grid that is only scaled and shifted: the weights along rows are worked out once.
  template <class T>
  class Separable {
    using R = RealOf<T>;

   public:
    Separable(const ResampleMap& map, const Source& source, const RegionCall& call, T outside)
        : map_(map), source_(source), call_(call), outside_(outside) {
      const std::int64_t in = call.in[0].shape[map.axis(0)], out = call.out[0].shape[map.axis(0)];
      LocalMemory local(call.local);
      for (T*& row : copies_) row = local.take<T>(in);
      mixed_ = local.take<R>(in);
      a_ = local.take<std::int32_t>(out);
      b_ = local.take<std::int32_t>(out);
      f_ = local.take<R>(out);
      out_ = local.take<T>(out);
    }

    void run() {
      const std::ptrdiff_t stride = call_.out[0].strides[map_.axis(0)];
      bool isFirst = true;
      eachRowOf(map_, source_, call_, [&](const Row& row) {
        fillOutside(row, stride, outside_);
        const std::int64_t n = row.inside.length();
        if (n == 0) return;
        if (isFirst) weigh(row);
        isFirst = false;
        mixRows(row);
#pragma GCC ivdep
        for (std::int64_t i = 0; i < n; ++i)
          out_[i] = storedAs<T>(mixed<kIsFinite<T>>(mixed_[a_[i]], mixed_[b_[i]], f_[i]));
        writeLine(out_, row.to + (row.inside.begin - row.all.begin) * stride, stride, n);
      });
    }

   private:
    // The same for every row: the coordinate along it does not depend on the others.
    void weigh(const Row& row) {
      const SourceAxis& axis = source_.axes[0];
      used_ = {axis.held.end, axis.held.begin};
      for (std::int64_t i = row.inside.begin; i < row.inside.end; ++i) {
        const Taps<R> taps = tapsOf<R>(axis, row.coordinate(source_, 0, static_cast<double>(i)));
        used_ = hull(used_, hull({taps.a, taps.a + 1}, {taps.b, taps.b + 1}));
        const std::int64_t k = i - row.inside.begin;
        a_[k] = static_cast<std::int32_t>(taps.a), b_[k] = static_cast<std::int32_t>(taps.b), f_[k] = taps.f;
      }
      for (std::int64_t k = 0; k < row.inside.length(); ++k) {
        a_[k] -= static_cast<std::int32_t>(used_.begin);
        b_[k] -= static_cast<std::int32_t>(used_.begin);
      }
    }

    void mixRows(const Row& row) {
      const SourceAxis &y = source_.axes[1], &z = source_.axes[2];
      const Taps<R> inY = tapsOf<R>(y, row.base[1]), inZ = tapsOf<R>(z, row.base[2]);
      const auto voxels = [&](std::int64_t j, std::int64_t k, T* copy) {
        const SourceAxis& x = source_.axes[0];
        const std::byte* from = row.from + (used_.begin - x.held.begin) * x.stride +
                                (j - y.held.begin) * y.stride + (k - z.held.begin) * z.stride;
        if (x.stride == sizeof(T)) return reinterpret_cast<const Loose<T>*>(from);
        readLine(from, x.stride, copy, used_.length());
        return reinterpret_cast<const Loose<T>*>(copy);
      };
      const std::int64_t n = used_.length();
      const auto *aa = voxels(inY.a, inZ.a, copies_[0]),
                 *ba = inY.f == 0 ? aa : voxels(inY.b, inZ.a, copies_[1]);
      const auto* ab = inZ.f == 0 ? aa : voxels(inY.a, inZ.b, copies_[2]);
      const auto* bb = inY.f == 0 ? ab : inZ.f == 0 ? ba : voxels(inY.b, inZ.b, copies_[3]);
      mix(aa, ba, ab, bb, inY.f, inZ.f, n);
    }

    void mix(const Loose<T>* aa, const Loose<T>* ba, const Loose<T>* ab, const Loose<T>* bb, R fy, R fz,
             std::int64_t n) {
      R* to = mixed_;
      const auto real = [](T value) { return static_cast<R>(value); };
      if (fy == 0 && fz == 0) {
#pragma GCC ivdep
        for (std::int64_t i = 0; i < n; ++i) to[i] = real(aa[i]);
      } else if (fz == 0 || fy == 0) {
        const Loose<T>* other = fz == 0 ? ba : ab;
        const R f = fz == 0 ? fy : fz;
#pragma GCC ivdep
        for (std::int64_t i = 0; i < n; ++i) to[i] = real(aa[i]) + (real(other[i]) - real(aa[i])) * f;
      } else {
#pragma GCC ivdep
        for (std::int64_t i = 0; i < n; ++i) {
          const R a = real(aa[i]) + (real(ab[i]) - real(aa[i])) * fz,
                  b = real(ba[i]) + (real(bb[i]) - real(ba[i])) * fz;
          to[i] = a + (b - a) * fy;
        }
      }
    }

    const ResampleMap& map_;
    const Source& source_;
    const RegionCall& call_;
    T outside_;
    std::array<T*, 4> copies_{};
    R* mixed_ = nullptr;
    std::int32_t* a_ = nullptr;
    std::int32_t* b_ = nullptr;
    R* f_ = nullptr;
    T* out_ = nullptr;
    Interval used_;
  };
};

template struct Registered<ResampleLinearRegion>;
#include "simd/end_kernel.h"
