#include "simd/begin_kernel.h"

#include "kernels/point_rows.h"

// (x - inputMin) * scale + outputMin, each operation rounded, then clamped to the output range; NaN stays.
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
  static constexpr Types<Same<float>, Same<double>> types{};

  template <class In, class Out>
  static void run(const Params& p, const In* in, Out* out, std::int64_t n) {
    const In from = static_cast<In>(p.inputMin), scale = static_cast<In>(p.scale);
    const In low = static_cast<In>(p.outputMin), high = static_cast<In>(p.outputMax);
    mapRow(in, out, n, [=](In x) {
      In y = (x - from) * scale + low;
      y = y < low ? low : y;
      return y > high ? high : y;
    });
  }
};

template struct Registered<Rescale>;
#include "simd/end_kernel.h"
