#include "simd/begin_kernel.h"

#include "kernels/placed_voxels.h"
#include "kernels/rounding.h"

#include "kernels/resample_rows.h"

// The voxel nearest to each position, floor(coordinate + 1/2) along each axis, else a value given by its bits. Voxels are moved by
// their size alone.
struct ResampleNearestRegion : RegionKernel {
  struct Params {
    std::span<const double> axes;
    std::span<const double> matrix;
    std::int64_t high = 0;  // the value outside, in two 32-bit words
    std::int64_t low = 0;
  };

  static constexpr auto name = "resample_nearest_region";
  static constexpr auto fields = fieldsOf(field("axes", &Params::axes), field("matrix", &Params::matrix),
                                          field("high", &Params::high), field("low", &Params::low));
  static constexpr Types<Same<std::uint8_t>, Same<std::uint16_t>, Same<std::uint32_t>, Same<std::uint64_t>>
      types{};

  static std::string_view checkRegion(const Params& p, const RegionCall& call) {
    return checkMap({p.axes, p.matrix}, call);
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    const ResampleMap map{p.axes, p.matrix};
    const Source source = sourceOf(map, call.in[0]);
    const std::ptrdiff_t stride = call.out[0].strides[map.axis(0)];
    const Out value = static_cast<Out>(static_cast<std::uint64_t>(p.high) << 32 |
                                       (static_cast<std::uint64_t>(p.low) & 0xffffffffu));
    eachRowOf(map, source, call, [&](const Row& row) {
      fillOutside(row, stride, value);
      std::int64_t offsets[kChunk];
      for (std::int64_t i = row.inside.begin; i < row.inside.end; i += kChunk) {
        const std::int64_t n = std::min(kChunk, row.inside.end - i);
        offsetsOf(source, row, i, offsets, n);
        for (std::int64_t k = 0; k < n; k += kAhead) __builtin_prefetch(row.from + source.ahead + offsets[k]);
        std::byte* to = row.to + (i - row.all.begin) * stride;
        for (std::int64_t k = 0; k < n; ++k) put<Out>(to + k * stride, get<Out>(row.from + offsets[k]));
      }
    });
  }

 private:
  static constexpr std::int64_t kChunk = 256;

  static void offsetsOf(const Source& source, const Row& row, std::int64_t first, std::int64_t* offsets,
                        std::int64_t n) {
    double step[3], base[3], begin[3], last[3], stride[3];
    for (int k = 0; k < 3; ++k) {
      const SourceAxis& axis = source.axes[k];
      step[k] = axis.step[0];
      base[k] = row.base[k];
      begin[k] = static_cast<double>(axis.held.begin);
      last[k] = static_cast<double>(axis.held.end - 1);
      stride[k] = static_cast<double>(axis.stride);
    }
    const double start = static_cast<double>(first);
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(n); ++i) {
      double offset = 0;
      for (int k = 0; k < 3; ++k) {
        const double c = step[k] * (start + static_cast<double>(i)) + base[k];
        double index = static_cast<double>(static_cast<std::int32_t>(c + 0.5));
        index = index > begin[k] ? index : begin[k];
        index = index < last[k] ? index : last[k];
        offset += (index - begin[k]) * stride[k];
      }
      offsets[i] = wholeOf(offset);
    }
  }
};

template struct Registered<ResampleNearestRegion>;
#include "simd/end_kernel.h"
