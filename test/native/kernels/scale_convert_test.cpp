#include "support/kernel_box.h"

namespace voxline::test {
namespace {

template <class In, class Out>
void checkPair(double slope, double intercept) {
  const Setup setup{"scale_convert", {slope, intercept}, 2, {77, 3}};
  const auto in = inputFor<In>(setup, [](const Index&) { return randomValue<In>(); });
  checkLevels<In, Out>(setup, in, [&](const Index& i) {
    const volatile double product = static_cast<double>(in.at(i)) * slope;
    const Out value = static_cast<Out>(product + intercept);
    return value == value ? value : std::numeric_limits<Out>::quiet_NaN();
  });
}

TEST(scale_convert_applies_slope_and_intercept_in_float64_for_every_type) {
  eachType([]<class In>(Type<In>) {
    checkPair<In, float>(0.1, -1024);
    checkPair<In, double>(0.1, -1024);
    checkPair<In, float>(-3, 1e-3);
  });
}

}  // namespace
}  // namespace voxline::test
