#include "simd/begin_kernel.h"

#include "kernels/limits.h"
#include "kernels/point_rows.h"
#include "kernels/type_lists.h"

// x where below <= x <= above, else `outside`, also for NaN. The words are those of limits.h.
struct Threshold : PointKernel {
  struct Params {
    std::int64_t belowHigh = 0;
    std::uint32_t belowLow = 0;
    std::int64_t aboveHigh = 0;
    std::uint32_t aboveLow = 0;
    std::int64_t outsideHigh = 0;
    std::uint32_t outsideLow = 0;
  };

  static constexpr auto name = "threshold";
  static constexpr auto fields =
      fieldsOf(field("belowHigh", &Params::belowHigh), field("belowLow", &Params::belowLow),
               field("aboveHigh", &Params::aboveHigh), field("aboveLow", &Params::aboveLow),
               field("outsideHigh", &Params::outsideHigh), field("outsideLow", &Params::outsideLow));
  static constexpr AllTypes types{};

  template <class In, class Out>
  static void run(const Params& p, const In* in, Out* out, std::int64_t n) {
    const auto [low, high] = bandOf<In>({p.belowHigh, p.belowLow}, {p.aboveHigh, p.aboveLow});
    const In first = low, last = high, outside = valueOfWords<In>({p.outsideHigh, p.outsideLow});
    mapRow(in, out, n, [=](In x) { return (first <= x) & (x <= last) ? x : outside; });
  }
};

template struct Registered<Threshold>;
#include "simd/end_kernel.h"
