#include "simd/begin_kernel.h"

#include "kernels/warp_rows.h"

// The voxel nearest to where a field moves each position, floor(coordinate + 1/2) along each axis, else a value given by its bits.
// Voxels are moved by their size alone.
struct WarpNearestRegion : RegionKernel {
  struct Params : WarpParams {
    std::int64_t high = 0;  // the value outside, in two 32-bit words
    std::int64_t low = 0;
  };

  static constexpr int inputs = 2;
  static constexpr auto name = "warp_nearest_region";
  static constexpr auto fields = std::tuple_cat(
      warpFields<WarpParams>(), fieldsOf(field("high", &Params::high), field("low", &Params::low)));
  static constexpr Types<Same<std::uint8_t>, Same<std::uint16_t>, Same<std::uint32_t>, Same<std::uint64_t>>
      types{};

  static std::string_view checkRegion(const Params& p, const RegionCall& call) { return checkWarp(p, call); }
  static std::size_t localBytes(const Params& p, const RegionCall& call) { return warpBytes(p, call); }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    const Source source = sourceOf(p.toInput(), call.in[0]);
    const std::ptrdiff_t stride = call.out[0].strides[p.toInput().axis(0)];
    const Out value = static_cast<Out>(static_cast<std::uint64_t>(p.high) << 32 |
                                       (static_cast<std::uint64_t>(p.low) & 0xffffffffu));
    Found found;
    forField(call, [&]<class F>() {
      eachRunOf<F>(
          p, source, call, reinterpret_cast<double*>(call.local),
          [&](const Places& places, std::int64_t n) { found.find(source, places, n); },
          [&](const std::byte* from, std::byte* to, std::int64_t n) {
            for (std::int64_t i = 0; i < n; ++i)
              put<Out>(to + i * stride, found.isInside[i] ? get<Out>(from + found.offset[i]) : value);
          });
    });
  }

 private:
  // Where voxels lie, those outside at the first one.
  struct Found {
    std::int64_t offset[kMixed];
    std::int64_t isInside[kMixed];  // all bits or none

    void find(const Source& source, const Places& places, std::int64_t n) {
      double place[kMixed];
      for (std::int64_t i = 0; i < n; ++i) place[i] = 0, isInside[i] = -1;
      for (int k = 0; k < 3; ++k) {
        const SourceAxis& axis = source.axes[k];
        const double begin = static_cast<double>(axis.held.begin),
                     last = static_cast<double>(axis.held.end - 1);
        const double end = static_cast<double>(axis.extent) - 0.5, stride = static_cast<double>(axis.stride);
        for (std::int64_t i = 0; i < n; ++i) {
          const double c = places.at[k][i];
          const bool inside = c >= -0.5 && c < end;
          double index = static_cast<double>(static_cast<std::int32_t>((inside ? c : begin) + 0.5));
          index = index > begin ? index : begin;
          index = index < last ? index : last;
          place[i] += (index - begin) * stride;
          isInside[i] &= inside ? -1 : 0;
        }
      }
      for (std::int64_t i = 0; i < n; ++i) offset[i] = wholeOf(place[i]);
    }
  };
};

template struct Registered<WarpNearestRegion>;
#include "simd/end_kernel.h"
