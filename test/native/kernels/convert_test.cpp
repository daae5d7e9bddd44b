#include <cfenv>

#include "support/kernel_box.h"

namespace voxline::test {
namespace {

enum Rounding { kNearest, kTruncate, kFloor };

template <class In>
long double roundedBy(int rounding, In x) {
  const long double wide = x;
  return rounding == kNearest    ? std::nearbyint(wide)
         : rounding == kTruncate ? std::trunc(wide)
                                 : std::floor(wide);
}

template <class Out, class In>
Out wantedInteger(int rounding, bool wraps, In x) {
  using Limits = std::numeric_limits<Out>;
  if constexpr (std::is_floating_point_v<In>) {
    if (std::isnan(x) || (wraps && std::isinf(x))) return 0;
    long double whole = roundedBy(rounding, x);
    if (!wraps)
      return whole <= Limits::min()   ? Limits::min()
             : whole >= Limits::max() ? Limits::max()
                                      : static_cast<Out>(whole);
    whole = std::fmod(whole, 18446744073709551616.0L);
    const auto size = static_cast<std::uint64_t>(std::abs(whole));
    return static_cast<Out>(whole < 0 ? 0 - size : size);
  } else {
    if (wraps) return static_cast<Out>(x);
    const __int128 wide = x;
    return wide < Limits::min() ? Limits::min() : wide > Limits::max() ? Limits::max() : static_cast<Out>(x);
  }
}

template <class Out, class In>
Out wanted(int rounding, bool wraps, In x) {
  if constexpr (std::is_integral_v<Out>) return wantedInteger<Out>(rounding, wraps, x);
  else return x != x ? std::numeric_limits<Out>::quiet_NaN() : static_cast<Out>(x);
}

template <class In, class Out>
void checkPair(int rounding, int overflow) {
  const Setup setup{"convert", {double(rounding), double(overflow)}, 2, {333, 3}};
  const auto in = inputFor<In>(setup, [](const Index&) { return randomValue<In>(); });
  checkLevels<In, Out>(setup, in, [&](const Index& i) { return wanted<Out>(rounding, overflow, in.at(i)); });
}

template <class In, class Out>
void checkValue(In x, Out want) {
  const Setup setup{"convert", {0, 0}, 1, {37}};
  const auto in = inputFor<In>(setup, [&](const Index&) { return x; });
  checkLevels<In, Out>(setup, in, [&](const Index&) { return want; });
}

TEST(convert_follows_the_store_rule_and_its_variations_for_every_pair_of_types) {
  eachType([]<class In>(Type<In>) {
    eachType([]<class Out>(Type<Out>) {
      for (int rounding = 0; rounding < 3; ++rounding)
        for (int overflow = 0; overflow < 2; ++overflow) checkPair<In, Out>(rounding, overflow);
    });
  });
}

TEST(convert_rounds_ties_to_even) {
  checkValue<float, std::uint8_t>(0.5f, 0);
  checkValue<float, std::uint8_t>(1.5f, 2);
  checkValue<float, std::uint8_t>(254.5f, 254);
  checkValue<double, std::int32_t>(-2.5, -2);
  checkValue<double, std::int64_t>(4503599627370495.5, 4503599627370496);
  checkValue<float, std::int16_t>(0.49999997f, 0);
}

TEST(convert_saturates_at_the_limits_of_64_bits) {
  checkValue<double, std::int64_t>(9223372036854775808.0, INT64_MAX);
  checkValue<double, std::int64_t>(-9223372036854775808.0, INT64_MIN);
  checkValue<double, std::int64_t>(9223372036854774784.0, 9223372036854774784);
  checkValue<float, std::uint64_t>(18446744073709551616.0f, UINT64_MAX);
  checkValue<double, std::uint64_t>(9223372036854775808.0, 9223372036854775808u);
  checkValue<double, std::uint64_t>(-1.0, 0);
  checkValue<std::uint64_t, std::int64_t>(UINT64_MAX, INT64_MAX);
  checkValue<std::int64_t, std::uint64_t>(-1, 0);
}

TEST(convert_stores_any_nan_as_the_positive_quiet_one_and_integers_as_zero) {
  const float nan = -std::numeric_limits<float>::quiet_NaN();
  checkValue<float, float>(nan, std::numeric_limits<float>::quiet_NaN());
  checkValue<float, double>(nan, std::numeric_limits<double>::quiet_NaN());
  checkValue<float, std::uint64_t>(nan, 0);
  checkValue<double, std::int8_t>(nan, 0);
}

TEST(convert_keeps_denormals_and_overflows_to_infinity) {
  checkValue<double, float>(1e-45, std::numeric_limits<float>::denorm_min());
  checkValue<double, float>(1e300, std::numeric_limits<float>::infinity());
  checkValue<float, float>(-0.0f, -0.0f);
}

TEST(convert_refuses_modes_it_does_not_have) {
  const KernelInfo& info = *findKernel("convert");
  ParamBlock params;
  const double unknown[] = {3, 0};
  CHECK(info.decode(unknown, 2, params));
  CHECK(!info.check(params, 3).empty());
}

}  // namespace
}  // namespace voxline::test
