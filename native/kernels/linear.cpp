#include "simd/begin_kernel.h"

#include "kernels/point_rows.h"

// x * scale + shift, each operation rounded.
struct Linear : PointKernel {
  struct Params {
    double scale = 1;
    double shift = 0;
  };

  static constexpr auto name = "linear";
  static constexpr auto fields = fieldsOf(field("scale", &Params::scale), field("shift", &Params::shift));
  static constexpr Types<Same<float>, Same<double>> types{};

  template <class In, class Out>
  static void run(const Params& params, const In* in, Out* out, std::int64_t n) {
    const In scale = static_cast<In>(params.scale), shift = static_cast<In>(params.shift);
    mapRow(in, out, n, [=](In x) { return x * scale + shift; });
  }
};

template struct Registered<Linear>;
#include "simd/end_kernel.h"
