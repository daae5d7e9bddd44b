#include "simd/begin_kernel.h"

#include "kernels/point_rows.h"
#include "kernels/type_lists.h"

// Stored numbers to voxel values: x * slope + intercept in float64, then rounded to the output type.
struct ScaleConvert : PointKernel {
  struct Params {
    double slope = 1;
    double intercept = 0;
  };

  static constexpr auto name = "scale_convert";
  static constexpr auto fields =
      fieldsOf(field("slope", &Params::slope), field("intercept", &Params::intercept));
  static constexpr OverAll<ToFloats> types{};

  template <class In, class Out>
  static void run(const Params& p, const In* in, Out* out, std::int64_t n) {
    const double slope = p.slope, intercept = p.intercept;
    mapRow(in, out, n,
           [=](In x) { return canonical(static_cast<Out>(static_cast<double>(x) * slope + intercept)); });
  }
};

template struct Registered<ScaleConvert>;
#include "simd/end_kernel.h"
