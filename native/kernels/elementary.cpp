#include "simd/begin_kernel.h"

#include "kernels/logarithm.h"
#include "kernels/point_rows.h"

// The square root, correctly rounded; e^x and the natural logarithm, within 1 ulp.
struct Elementary : PointKernel {
  struct Params {
    std::int32_t function = 0;  // 0 root, 1 exponential, 2 logarithm
  };

  static constexpr auto name = "elementary";
  static constexpr auto fields = fieldsOf(field("function", &Params::function));
  static constexpr Types<Same<float>, Same<double>> types{};

  static std::string_view check(const Params& p) {
    return p.function < 0 || p.function > 2 ? "function must be 0, 1 or 2" : "";
  }

  template <class In, class Out>
  static void run(const Params& p, const In* in, Out* out, std::int64_t n) {
    if (p.function == 0) return mapRow(in, out, n, [](In x) { return std::sqrt(x); });
    if (p.function == 1) return mapRow(in, out, n, [](In x) { return exponentialOf(x); });
    mapRow(in, out, n, [](In x) { return logarithmOf(x); });
  }
};

template struct Registered<Elementary>;
#include "simd/end_kernel.h"
