#include "simd/begin_kernel.h"

#include "kernels/double_double.h"
#include "kernels/logarithm.h"
#include "kernels/point_rows.h"

// x^y within 1 ulp, with the special cases of C's pow; y is the second input's voxel, or `exponent` rounded to the type.
struct Power : PointKernel {
  static constexpr int inputs = 2, leastInputs = 1;
  struct Params {
    double exponent = 1;
  };

  static constexpr auto name = "power";
  static constexpr auto fields = fieldsOf(field("exponent", &Params::exponent));
  static constexpr Types<Same<float>, Same<double>> types{};

  template <class In, class Out>
  static void run(const Params& p, const In* a, const In* b, Out* out, std::int64_t n) {
    joinRows(a, b, static_cast<In>(p.exponent), out, n, [](In x, In y) { return power(x, y); });
  }

 private:
  static double capped(double product, double most) {
    const double below = product > most ? most : product;
    return below < -most ? -most : below;
  }

  // What depends on the sign of x, and the cases that a product with the logarithm does not give.
  static double finished(double x, double y, double magnitude) {
    const bool isWhole = rounded<Rounding::Nearest>(y) == y;
    const bool isOdd = isWhole & (rounded<Rounding::Nearest>(0.5 * y) != 0.5 * y);
    const bool isNegative = std::copysign(1.0, x) < 0;
    const double signedPower = isNegative & isOdd ? -magnitude : magnitude;
    const bool isReal = (x >= 0) | isWhole | (x < -std::numeric_limits<double>::max());
    const double result = isReal | (x != x) ? signedPower : std::numeric_limits<double>::quiet_NaN();
    const bool isOne = (y == 0) | (x == 1) | ((x == -1) & (std::abs(y) > std::numeric_limits<double>::max()));
    return isOne ? 1 : result;
  }

  // y log x needs 12 bits more than a float64 has: its error is that of the power.
  static double power(double x, double y) {
    const Double2 logarithm = longLogarithm(std::abs(x));
    const double product = y * logarithm.high;
    const Double2 exact = logarithm * y;
    const bool isInside = std::abs(product) < 800;  // powers beyond overflow, or vanish
    const double high = isInside ? exact.high : capped(product, 800);
    return finished(x, y, exponential(high, isInside ? exact.low : 0));
  }

  static float power(float x, float y) {
    const double wide = y, product = wide * roughLogarithm(std::abs(static_cast<double>(x)));
    return static_cast<float>(finished(x, wide, roughExponential(capped(product, 700))));
  }

  // Within 2^-64 (relative): log m = 2 atanh s = 2 s + s³ (2/3 + …), the first two terms in two float64 each.
  static Double2 longLogarithm(double x) {
    const auto [k, m] = partsOf(x);
    const Double2 s = quotientOf(m - 1, sumOf(1, m)), z = s * s;
    const double tail = z.high * polynomial(z.high, 2. / 5, 2. / 7, 2. / 9, 2. / 11, 2. / 13, 2. / 15, 2. / 17, 2. / 19, 2. / 21,
                                            2. / 23);
    const Double2 factor = orderedSum(2. / 3, tail + kTwoThirdsLow);
    const Double2 cubic = z * s * factor;
    const Double2 whole = sumOf(k * kLn2High, 2 * s.high);
    const Double2 sum = sumOf(whole.high, cubic.high);
    const Double2 result = orderedSum(sum.high, sum.low + (whole.low + (2 * s.low + (cubic.low + k * kLn2Low))));
    const double limits = withLimits(x, result.high);
    return {limits, result.low};
  }

  static constexpr double kTwoThirdsLow = 0x1.5555555555555p-55;  // 2/3 less its float64
};

template struct Registered<Power>;
#include "simd/end_kernel.h"
