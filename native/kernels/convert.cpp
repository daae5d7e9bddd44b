#include "simd/begin_kernel.h"

#include "kernels/point_rows.h"
#include "kernels/rounding.h"
#include "kernels/type_lists.h"

// Conversion of the element type. (0, 0) is the store rule: nearest, ties to even, then saturated; NaN
// becomes 0 or the positive quiet NaN.
struct Convert : PointKernel {
  struct Params {
    std::int32_t rounding = 0;  // 0 nearest, 1 truncate, 2 floor
    std::int32_t overflow = 0;  // 0 saturate, 1 wrap
  };

  static constexpr auto name = "convert";
  static constexpr auto fields =
      fieldsOf(field("rounding", &Params::rounding), field("overflow", &Params::overflow));
  static constexpr AllPairs types{};

  static std::string_view check(const Params& p) {
    if (p.rounding < 0 || p.rounding > 2) return "rounding must be 0, 1 or 2";
    return p.overflow < 0 || p.overflow > 1 ? "overflow must be 0 or 1" : "";
  }

  template <class In, class Out>
  static void run(const Params& p, const In* in, Out* out, std::int64_t n) {
    if constexpr (std::is_floating_point_v<Out>) {
      mapRow(in, out, n, [](In x) { return toFloat<Out>(x); });
    } else if constexpr (std::is_floating_point_v<In>) {
      if (p.rounding == 0) return toInteger<Rounding::Nearest>(p, in, out, n);
      if (p.rounding == 1) return toInteger<Rounding::Truncate>(p, in, out, n);
      toInteger<Rounding::Floor>(p, in, out, n);
    } else if (p.overflow == 1) {
      mapRow(in, out, n, [](In x) { return static_cast<Out>(x); });
    } else {
      mapRow(in, out, n, [](In x) { return saturated<Out>(x); });
    }
  }

 private:
  template <class Out, class In>
  static Out toFloat(In x) {
    if constexpr (std::is_floating_point_v<In>) return canonical(static_cast<Out>(x));
    else return static_cast<Out>(x);
  }

  template <Rounding R, class In, class Out>
  static void toInteger(const Params& p, const In* in, Out* out, std::int64_t n) {
    if (p.overflow == 1) mapRow(in, out, n, [](In x) { return static_cast<Out>(wrapped<R>(x)); });
    else mapRow(in, out, n, RoundedTo<R, Out, In>::forRows());
  }

  template <class Out, class In>
  static Out saturated(In x) {
    using O = std::numeric_limits<Out>;
    using I = std::numeric_limits<In>;
    constexpr bool cutsLow = std::is_signed_v<In> && (!std::is_signed_v<Out> || O::digits < I::digits);
    if constexpr (cutsLow) {
      constexpr In low = std::is_signed_v<Out> ? static_cast<In>(O::min()) : In{0};
      x = x < low ? low : x;
    }
    if constexpr (O::digits < I::digits) {
      constexpr In high = static_cast<In>(O::max());
      x = x > high ? high : x;
    }
    return static_cast<Out>(x);
  }
};

using Kernel = Convert;
#include "simd/end_kernel.h"
