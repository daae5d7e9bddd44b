#include "simd/begin_kernel.h"

#include "kernels/point_rows.h"

// x / count in float64, rounded once to the output type.
struct DivideCount : PointKernel {
  struct Params {
    double count = 1;
  };

  static constexpr auto name = "divide_count";
  static constexpr auto fields = fieldsOf(field("count", &Params::count));
  static constexpr Types<Pair<std::int32_t, float>, Pair<std::int32_t, double>, Pair<std::int64_t, double>,
                         Pair<std::int64_t, float>, Same<float>, Same<double>>
      types{};

  static std::string_view check(const Params& p) {
    return p.count >= 1 && p.count <= 9007199254740992.0 &&
                   p.count == static_cast<double>(static_cast<std::int64_t>(p.count))
               ? ""
               : "count must be an integer of 1 to 2^53";
  }

  template <class In, class Out>
  static void run(const Params& p, const In* in, Out* out, std::int64_t n) {
    const double count = p.count;
    if constexpr (sizeof(In) == 4 && sizeof(Out) == 4) {
      if (count < 1 << 19) return byReciprocal(1 / count, in, out, n);
    }
    mapRow(in, out, n, [=](In x) { return static_cast<Out>(static_cast<double>(x) / count); });
  }

 private:
  // The same bits as the division, faster. x has at most 32 significant bits, so x / count lies either on a
  // float32 or half way between two, or at least 2^-45 (relative) away from any such point; x * (1 / count)
  // is off by 2^-52. Cutting it to 48 bits (Dekker's splitting) therefore lands on the point in the first
  // case and crosses none in the second.
  template <class In, class Out>
  static void byReciprocal(double reciprocal, const In* in, Out* out, std::int64_t n) {
    mapRow(in, out, n, [=](In x) {
      const double quotient = static_cast<double>(x) * reciprocal;
      const double spread = quotient * 33.0, cut = spread - (spread - quotient);
      return static_cast<Out>(cut == cut ? cut : quotient);  // an infinity has no parts
    });
  }
};

template struct Registered<DivideCount>;
#include "simd/end_kernel.h"
