#include "simd/begin_kernel.h"

#include "kernels/limits.h"
#include "kernels/point_rows.h"

// maximum - x, exact and saturated: for the integers that float64 cannot all hold. The words are those of limits.h.
struct Invert : PointKernel {
  struct Params {
    std::int64_t maximumHigh = 0;
    std::uint32_t maximumLow = 0;
  };

  static constexpr auto name = "invert";
  static constexpr auto fields =
      fieldsOf(field("maximumHigh", &Params::maximumHigh), field("maximumLow", &Params::maximumLow));
  static constexpr Types<Same<std::uint64_t>, Same<std::int64_t>> types{};

  template <class In, class Out>
  static void run(const Params& p, const In* in, Out* out, std::int64_t n) {
    const In maximum = valueOfWords<In>({p.maximumHigh, p.maximumLow});
    mapRow(in, out, n, [=](In x) -> In {
      const auto difference = static_cast<std::uint64_t>(maximum) - static_cast<std::uint64_t>(x);
      if constexpr (std::is_unsigned_v<In>) return x > maximum ? 0 : difference;
      const In bound = maximum < 0 ? std::numeric_limits<In>::min() : std::numeric_limits<In>::max();
      const In wrapped = static_cast<In>(difference);
      return ((maximum ^ x) & (maximum ^ wrapped)) < 0 ? bound : wrapped;
    });
  }
};

template struct Registered<Invert>;
#include "simd/end_kernel.h"
