#include "simd/begin_kernel.h"

#include "kernels/limits.h"
#include "kernels/point_rows.h"
#include "kernels/type_lists.h"

// min(max(x, low), high); NaN stays, and so does a zero equal to a limit. The words are those of limits.h.
struct Clamp : PointKernel {
  struct Params {
    std::int64_t lowHigh = 0;
    std::uint32_t lowLow = 0;
    std::int64_t highHigh = 0;
    std::uint32_t highLow = 0;
  };

  static constexpr auto name = "clamp";
  static constexpr auto fields =
      fieldsOf(field("lowHigh", &Params::lowHigh), field("lowLow", &Params::lowLow),
               field("highHigh", &Params::highHigh), field("highLow", &Params::highLow));
  static constexpr AllTypes types{};

  template <class In, class Out>
  static void run(const Params& p, const In* in, Out* out, std::int64_t n) {
    const In low = valueOfWords<In>({p.lowHigh, p.lowLow}), high = valueOfWords<In>({p.highHigh, p.highLow});
    mapRow(in, out, n, [=](In x) {
      x = x < low ? low : x;
      return x > high ? high : x;
    });
  }
};

template struct Registered<Clamp>;
#include "simd/end_kernel.h"
