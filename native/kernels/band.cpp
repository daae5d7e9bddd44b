#include "simd/begin_kernel.h"

#include "kernels/limits.h"
#include "kernels/point_rows.h"
#include "kernels/type_lists.h"

// A byte for voxels within two limits, another for those outside, a third for NaN. The words are those of limits.h.
struct Band : PointKernel {
  struct Params {
    std::int64_t belowHigh = 0;
    std::uint32_t belowLow = 0;
    std::int64_t aboveHigh = 0;
    std::uint32_t aboveLow = 0;
    std::uint8_t inside = 1;
    std::uint8_t outside = 0;
    std::uint8_t unordered = 0;
  };

  static constexpr auto name = "band";
  static constexpr auto fields =
      fieldsOf(field("belowHigh", &Params::belowHigh), field("belowLow", &Params::belowLow),
               field("aboveHigh", &Params::aboveHigh), field("aboveLow", &Params::aboveLow),
               field("inside", &Params::inside), field("outside", &Params::outside),
               field("unordered", &Params::unordered));

  template <class T>
  using ToByte = Types<Pair<T, std::uint8_t>>;
  static constexpr OverAll<ToByte> types{};

  template <class In, class Out>
  static void run(const Params& p, const In* in, Out* out, std::int64_t n) {
    const auto limits = bandOf<In>({p.belowHigh, p.belowLow}, {p.aboveHigh, p.aboveLow});
    const In first = limits.low, last = limits.high;
    const Out inside = p.inside, outside = p.outside, unordered = p.unordered;
    mapRow(in, out, n, [=](In x) {
      const Out ordered = (first <= x) & (x <= last) ? inside : outside;
      if constexpr (std::is_floating_point_v<In>) return x == x ? ordered : unordered;
      else return ordered;
    });
  }
};

template struct Registered<Band>;
#include "simd/end_kernel.h"
