#include "support/kernel_box.h"

namespace voxline::test {
namespace {

template <class T>
T product(T a, T b) {
  const volatile T result = a * b;
  return result;
}

template <class T>
void checkLinear() {
  const Setup setup{"linear", {0.3, 12.7}, 3, {19, 7, 5}};
  const auto in = inputFor<T>(setup, [](const Index&) { return randomValue<T>(); });
  checkLevels<T, T>(
      setup, in, [&](const Index& i) { return product(in.at(i), T(0.3)) + T(12.7); }, true);
}

template <class T>
void checkRescale() {
  const Setup setup{"rescale", {-900, 0.1, 5, 180}, 3, {19, 7, 5}};
  const auto in = inputFor<T>(setup, [](const Index&) { return randomValue<T>(); });
  checkLevels<T, T>(
      setup, in,
      [&](const Index& i) {
        const volatile T distance = in.at(i) - T(-900);
        const T y = product<T>(distance, T(0.1)) + T(5);
        return y < T(5) ? T(5) : y > T(180) ? T(180) : y;
      },
      true);
}

template <class In, class Out>
void checkDivision(double count) {
  const Setup setup{"divide_count", {count}, 2, {517, 5}};
  const auto in = inputFor<In>(setup, [&](const Index& i) {
    // Multiples of the count, half multiples and their neighbours: quotients on and half way between the
    // floats.
    if (i[1] == 0 || std::is_floating_point_v<In>) return randomValue<In>();
    const std::int64_t quotient = static_cast<std::int64_t>(randomBits()() % (std::uint64_t{1} << 26));
    return static_cast<In>((static_cast<std::int64_t>(quotient * count) >> (i[1] - 1)) + i[0] % 3 - 1);
  });
  checkLevels<In, Out>(
      setup, in, [&](const Index& i) { return static_cast<Out>(static_cast<double>(in.at(i)) / count); },
      true);
}

TEST(linear_rounds_the_product_and_the_sum) {
  checkLinear<float>();
  checkLinear<double>();
}

TEST(rescale_maps_and_clamps_and_keeps_nan) {
  checkRescale<float>();
  checkRescale<double>();
}

TEST(divide_count_equals_the_float64_division_in_every_bit) {
  for (const double count : {1.0,  2.0,  3.0,   7.0,   9.0,    49.0,   98.0,    103.0,    107.0,    245.0,
                             27.0, 64.0, 125.0, 343.0, 1331.0, 4096.0, 59319.0, 524287.0, 524288.0, 1e6}) {
    checkDivision<std::int32_t, float>(count);
    checkDivision<std::int32_t, double>(count);
    checkDivision<std::int64_t, float>(count);
    checkDivision<std::int64_t, double>(count);
    checkDivision<float, float>(count);
    checkDivision<double, double>(count);
  }
}

TEST(divide_count_refuses_what_is_no_count) {
  const KernelInfo& info = *findKernel("divide_count");
  for (const double count : {0.0, -3.0, 2.5}) {
    ParamBlock params;
    CHECK(info.decode(&count, 1, params));
    CHECK(!info.check(params, 3).empty());
  }
}

}  // namespace
}  // namespace voxline::test
