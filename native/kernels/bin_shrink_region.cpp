#include "simd/begin_kernel.h"

#include "kernels/placed_voxels.h"
#include "kernels/point_rows.h"
#include "kernels/rounding.h"

// Mean of factor[a] voxels along each axis, bins from voxel 0 of the volume. Integers are summed exactly; floats in double, lines of the
// bin first, then along the line.
struct BinShrinkRegion : RegionKernel {
  struct Params {
    std::span<const double> factor;  // one per axis of the views
  };

  static constexpr auto name = "bin_shrink_region";
  static constexpr auto fields = fieldsOf(field("factor", &Params::factor));
  static constexpr Types<Same<std::uint8_t>, Same<std::int8_t>, Same<std::uint16_t>, Same<std::int16_t>,
                         Same<float>, Same<double>>
      types{};

  static std::string_view checkRegion(const Params& p, const RegionCall& call) {
    const Placed &in = call.in[0], &out = call.out[0];
    if (in.rank != out.rank || static_cast<int>(p.factor.size()) != out.rank) return "ranks differ";
    for (int a = 0; a < out.rank; ++a) {
      const double f = p.factor[a];
      if (!(f >= 1 && f <= 1e9) || f != static_cast<double>(static_cast<std::int64_t>(f)))
        return "a factor must be an integer";
      const auto factor = static_cast<std::int64_t>(f);
      if (out.extent[a] > in.extent[a] / factor) return "the output has too many bins";
      if (in.start[a] > out.start[a] * factor ||
          in.start[a] + in.shape[a] < (out.start[a] + out.shape[a]) * factor)
        return "the input does not hold whole bins";
    }
    return {};
  }

  static std::size_t localBytes(const Params& p, const RegionCall&) {
    const std::int64_t room = roomFor(static_cast<std::int64_t>(p.factor[0]));
    return static_cast<std::size_t>(2 * LocalMemory::bytesOf<double>(room) +
                                    LocalMemory::bytesOf<double>(kRoom));
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    double count = 1;
    for (const double f : p.factor) count *= f;
    if constexpr (std::is_integral_v<In>) {
      if (count * static_cast<double>(std::numeric_limits<In>::max()) < 2147483647.0)
        return bins<std::int32_t, In>(p, call, count);
    }
    bins<double, In>(p, call, count);
  }

 private:
  static constexpr std::int64_t kRoom = 2048;  // voxels of the input summed at once

  static std::int64_t roomFor(std::int64_t factor) { return std::max(kRoom, factor); }

  template <class Sum, class T>
  static void bins(const Params& p, const RegionCall& call, double count) {
    const Placed &in = call.in[0], &out = call.out[0];
    const auto factor = static_cast<std::int64_t>(p.factor[0]);
    const std::int64_t room = roomFor(factor), chunk = std::max<std::int64_t>(1, kRoom / factor);
    LocalMemory local(call.local);
    Sum* sums = local.take<Sum>(room);
    T* line = local.take<T>(room);
    T* means = local.take<T>(kRoom);
    Region bin{in.rank, {}, {}};
    for (int a = 0; a < in.rank; ++a) bin.shape[a] = static_cast<std::int64_t>(p.factor[a]);
    eachLine(call.part, 0, [&](Index at) {
      const Interval row = call.part.axis(0);
      for (std::int64_t x = row.begin; x < row.end; x += chunk) {
        const std::int64_t n = std::min(chunk, row.end - x);
        at[0] = x;
        for (int a = 0; a < in.rank; ++a) bin.start[a] = at[a] * bin.shape[a];
        addLines(in, bin, n * factor, sums, line);
        meansOf(sums, means, n, factor, count);
        writeLine(means, addressOf(out, at), out.strides[0], n);
      }
    });
  }

  // Sums over the lines of a bin, n voxels each.
  template <class Sum, class T>
  static void addLines(const Placed& in, const Region& bin, std::int64_t n, Sum* sums, T* copy) {
    bool isFirst = true;
    eachLine(bin, 0, [&](const Index& at) {
      const std::byte* from = addressOf(in, at);
      if (in.strides[0] != sizeof(T)) {
        readLine(from, in.strides[0], copy, n);
        from = reinterpret_cast<const std::byte*>(copy);
      }
      const auto* line = reinterpret_cast<const Loose<T>*>(from);
#pragma GCC ivdep
      for (std::int64_t i = 0; i < n; ++i) sums[i] = static_cast<Sum>(line[i]) + (isFirst ? Sum{0} : sums[i]);
      isFirst = false;
    });
  }

  template <class Sum, class T>
  static void meansOf(const Sum* sums, T* means, std::int64_t n, std::int64_t factor, double count) {
    if (factor == 2) {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < n; ++i)
        means[i] = stored<T>(static_cast<double>(sums[2 * i] + sums[2 * i + 1]) / count);
      return;
    }
    for (std::int64_t i = 0; i < n; ++i) {
      Sum sum = sums[i * factor];
      for (std::int64_t k = 1; k < factor; ++k) sum += sums[i * factor + k];
      means[i] = stored<T>(static_cast<double>(sum) / count);
    }
  }

  template <class T>
  static T stored(double mean) {
    if constexpr (std::is_integral_v<T>) return roundedTo<T>(mean);
    else return canonical(static_cast<T>(mean));
  }
};

template struct Registered<BinShrinkRegion>;
#include "simd/end_kernel.h"
