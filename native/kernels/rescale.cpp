#include "simd/begin_kernel.h"

#include "kernels/point_rows.h"
#include "kernels/rounding.h"
#include "kernels/type_lists.h"

template <class T>
using ToSmall = Types<Pair<T, std::uint8_t>, Pair<T, std::uint16_t>, Pair<T, std::int16_t>>;

// (x - inputMin) * scale + outputMin, each operation rounded, then clamped to the output range; NaN stays. Small integers are computed as
// float32, and results of theirs rounded to the nearest: NaN is 0 then.
struct Rescale : PointKernel {
  struct Params {
    double inputMin = 0;
    double scale = 1;
    double outputMin = 0;
    double outputMax = 1;
  };

  static constexpr auto name = "rescale";
  static constexpr auto fields =
      fieldsOf(field("inputMin", &Params::inputMin), field("scale", &Params::scale),
               field("outputMin", &Params::outputMin), field("outputMax", &Params::outputMax));
  static constexpr auto types = Types<Same<float>, Same<double>>{} + ToSmall<std::uint8_t>{} + ToSmall<std::uint16_t>{} +
                                ToSmall<std::int16_t>{} + ToSmall<float>{};

  template <class In, class Out>
  static void run(const Params& p, const In* in, Out* out, std::int64_t n) {
    using F = std::conditional_t<std::is_same_v<In, double>, double, float>;
    const F from = static_cast<F>(p.inputMin), scale = static_cast<F>(p.scale);
    const F low = static_cast<F>(p.outputMin), high = static_cast<F>(p.outputMax);
    const auto rescaled = [=](In x) {
      F y = (static_cast<F>(x) - from) * scale + low;
      y = y < low ? low : y;
      return y > high ? high : y;
    };
    if constexpr (std::is_same_v<Out, F>) {
      mapRow(in, out, n, rescaled);
    } else {
      const auto round = RoundedTo<Out, F>::forRows();
      mapRow(in, out, n, [=](In x) { return round(rescaled(x)); });
    }
  }
};

template struct Registered<Rescale>;
#include "simd/end_kernel.h"
