#include "simd/begin_kernel.h"

#include "kernels/double_double.h"
#include "kernels/exponential.h"
#include "kernels/point_rows.h"

// (outputMax - outputMin) / (1 + e^(-(x - beta) / alpha)) + outputMin, the quotient within 2 ulp.
struct Sigmoid : PointKernel {
  struct Params {
    double alpha = 1;
    double beta = 0;
    double outputMin = 0;
    double outputMax = 1;
  };

  static constexpr auto name = "sigmoid";
  static constexpr auto fields = fieldsOf(field("alpha", &Params::alpha), field("beta", &Params::beta),
                                          field("outputMin", &Params::outputMin), field("outputMax", &Params::outputMax));
  static constexpr Types<Same<float>, Same<double>> types{};

  static std::string_view check(const Params& p) { return p.alpha == 0 ? "alpha must not be 0" : ""; }

  template <class In, class Out>
  static void run(const Params& p, const In* in, Out* out, std::int64_t n) {
    const double alpha = p.alpha, beta = p.beta, range = p.outputMax - p.outputMin, from = p.outputMin;
    mapRow(in, out, n, [=](In x) {
      const double power = decayOf(x, alpha, beta);
      const bool isUpper = (x >= beta) == (alpha > 0);
      const double share = isUpper ? range : range * power;
      return static_cast<Out>(share / (1 + power) + from);
    });
  }

 private:
  // e^-|(x - beta) / alpha|: the smaller of the two powers, so that nothing overflows.
  static double decayOf(float x, double alpha, double beta) {
    const double t = -std::abs((x - beta) / alpha);
    return roughExponential(t < -700 ? -700 : t);
  }
  static double decayOf(double x, double alpha, double beta) {
    const Double2 distance = sumOf(x, -beta);
    const double t = distance.high / alpha;
    const Double2 product = productOf(t, alpha);
    const double rest = (((distance.high - product.high) - product.low) + distance.low) / alpha;
    const double low = std::abs(rest) < 1 ? rest : 0;  // more only where products overflowed
    return exponential(t > 0 ? -t : t, t > 0 ? -low : low);
  }
};

template struct Registered<Sigmoid>;
#include "simd/end_kernel.h"
