#include "simd/begin_kernel.h"

#include "kernels/point_rows.h"

// outputMin below `low`, outputMax above `high`, between them (x - low) * scale + outputMin, each operation rounded; NaN stays.
struct WindowLevel : PointKernel {
  struct Params {
    double low = 0;
    double high = 1;
    double scale = 1;
    double outputMin = 0;
    double outputMax = 1;
  };

  static constexpr auto name = "window_level";
  static constexpr auto fields = fieldsOf(field("low", &Params::low), field("high", &Params::high),
                                          field("scale", &Params::scale), field("outputMin", &Params::outputMin),
                                          field("outputMax", &Params::outputMax));
  static constexpr Types<Same<float>, Same<double>> types{};

  template <class In, class Out>
  static void run(const Params& p, const In* in, Out* out, std::int64_t n) {
    const In low = static_cast<In>(p.low), high = static_cast<In>(p.high), scale = static_cast<In>(p.scale);
    const In from = static_cast<In>(p.outputMin), to = static_cast<In>(p.outputMax);
    mapRow(in, out, n, [=](In x) {
      const In between = (x - low) * scale + from, capped = x > high ? to : between;
      return x < low ? from : capped;
    });
  }
};

template struct Registered<WindowLevel>;
#include "simd/end_kernel.h"
