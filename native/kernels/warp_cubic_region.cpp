#include "simd/begin_kernel.h"

#include "kernels/cubic_mix.h"
#include "kernels/warp_rows.h"

// Values of a cubic B-spline, whose coefficients are the input, where a field moves each position.
struct WarpCubicRegion : RegionKernel {
  struct Params : WarpParams {
    double outside = 0;
  };

  static constexpr int inputs = 2;
  static constexpr auto name = "warp_cubic_region";
  static constexpr auto fields =
      std::tuple_cat(warpFields<WarpParams>(), fieldsOf(field("outside", &Params::outside)));
  static constexpr Types<Same<float>, Same<double>> types{};

  static std::string_view checkRegion(const Params& p, const RegionCall& call) { return checkWarp(p, call); }
  static std::size_t localBytes(const Params& p, const RegionCall& call) { return warpBytes(p, call); }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    const Source source = sourceOf(p.toInput(), call.in[0]);
    const std::ptrdiff_t stride = call.out[0].strides[p.toInput().axis(0)];
    const Places* at = nullptr;
    forField(call, [&]<class F>() {
      eachRunOf<F>(
          p, source, call, reinterpret_cast<double*>(call.local),
          [&](const Places& places, std::int64_t) { at = &places; },
          [&](const std::byte* from, std::byte* to, std::int64_t n) {
            for (std::int64_t i = 0; i < n; ++i) {
              const double place[3] = {at->at[0][i], at->at[1][i], at->at[2][i]};
              put<Out>(to + i * stride, at->isInside(source, i) ? cubicAt<In>(source, from, place)
                                                                : static_cast<Out>(p.outside));
            }
          });
    });
  }
};

template struct Registered<WarpCubicRegion>;
#include "simd/end_kernel.h"
