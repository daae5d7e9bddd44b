#include "simd/begin_kernel.h"

#include "kernels/point_rows.h"

// Magnitudes; the least integer becomes the greatest.
struct Absolute : PointKernel {
  struct Params {};

  static constexpr auto name = "absolute";
  static constexpr auto fields = fieldsOf();
  static constexpr Types<Same<std::int8_t>, Same<std::int16_t>, Same<std::int32_t>, Same<std::int64_t>, Same<float>,
                         Same<double>>
      types{};

  template <class In, class Out>
  static void run(const Params&, const In* in, Out* out, std::int64_t n) {
    mapRow(in, out, n, [](In x) -> In {
      if constexpr (std::is_floating_point_v<In>) return std::abs(x);
      constexpr In least = std::numeric_limits<In>::min();
      const In from = x == least ? static_cast<In>(least + 1) : x;
      return static_cast<In>(from < 0 ? -from : from);
    });
  }
};

template struct Registered<Absolute>;
#include "simd/end_kernel.h"
