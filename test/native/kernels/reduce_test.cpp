#include <algorithm>

#include "support/reduce_box.h"

namespace voxline::test {
namespace {

using Int128 = __int128;

template <class T>
void checkMinMax(const Setup& setup) {
  const auto in = inputFor<T>(setup, [](const Index&) { return randomValue<T>(); });
  const auto got = reduced(setup, in, 13);
  auto voxels = voxelsOf(in);
  if constexpr (std::is_integral_v<T>) {
    const auto [least, most] = std::minmax_element(voxels.begin(), voxels.end());
    CHECK_EQUAL(got[0], static_cast<double>(voxels.size()));
    CHECK_EQUAL(got[1], 0);
    CHECK(static_cast<T>(integerOf(got, 2, 2)) == *least && (got[2] < 0) == (*least < 0));
    CHECK(static_cast<T>(integerOf(got, 4, 2)) == *most);
  } else {
    const auto count = [&](auto test) {
      return static_cast<double>(std::count_if(voxels.begin(), voxels.end(), test));
    };
    CHECK_EQUAL(got[1], count([](T x) { return std::isnan(x); }));
    CHECK_EQUAL(got[4], count([](T x) { return std::isinf(x) && x < 0; }));
    CHECK_EQUAL(got[5], count([](T x) { return std::isinf(x) && x > 0; }));
    std::erase_if(voxels, [](T x) { return !std::isfinite(x); });
    CHECK_EQUAL(got[0], static_cast<double>(voxels.size()));
    CHECK_EQUAL(got[2], static_cast<double>(*std::min_element(voxels.begin(), voxels.end())));
    CHECK_EQUAL(got[3], static_cast<double>(*std::max_element(voxels.begin(), voxels.end())));
  }
}

TEST(min_max_reduce_finds_the_extremes_of_every_type) {
  eachType([]<class T>(Type<T>) {
    checkMinMax<T>({"min_max_reduce", {}, 3, {301, 7, 5}});
    checkMinMax<T>({"min_max_reduce", {}, 2, {19, 7}});
  });
}

// Without NaN and infinities rows take a shorter way, and signs decide which integers are compared.
template <class T>
void checkFiniteExtremes(double low, double high) {
  const Setup setup{"min_max_reduce", {}, 2, {301, 5}};
  const auto in = inputFor<T>(setup, [=](const Index& i) {
    const double part = static_cast<double>((i[0] * 7919 + i[1] * 104729) % 1009) / 1008;
    return static_cast<T>(low + (high - low) * part);
  });
  const auto voxels = voxelsOf(in);
  for (const std::int64_t tile : {7, 1024}) {
    const auto got = reduced(setup, in, tile);
    CHECK_EQUAL(got[0], static_cast<double>(voxels.size()));
    CHECK_EQUAL(got[1] + got[4] + got[5], 0);
    CHECK_EQUAL(got[2], static_cast<double>(*std::min_element(voxels.begin(), voxels.end())));
    CHECK_EQUAL(got[3], static_cast<double>(*std::max_element(voxels.begin(), voxels.end())));
  }
}

TEST(min_max_reduce_finds_finite_extremes_of_any_signs) {
  for (const auto& [low, high] : {std::pair{-7.5, -0.25}, {0.25, 7.5}, {-3.0, 900.5}, {-900.5, 0.0}, {0.0, 0.0}}) {
    checkFiniteExtremes<float>(low, high);
    checkFiniteExtremes<double>(low, high);
  }
}

TEST(min_max_reduce_puts_minus_zero_below_zero) {
  const Setup setup{"min_max_reduce", {}, 1, {40}};
  const auto in = inputFor<float>(setup, [](const Index& i) { return i[0] == 23 ? -0.0f : 0.0f; });
  const auto got = reduced(setup, in, 7);
  CHECK(std::signbit(got[2]));
  CHECK(!std::signbit(got[3]));
}

TEST(min_max_reduce_of_nan_alone_is_nan) {
  const Setup setup{"min_max_reduce", {}, 1, {40}};
  const auto in = inputFor<double>(setup, [](const Index& i) { return i[0] % 2 ? NAN : -NAN; });
  const auto got = reduced(setup, in, 7);
  CHECK_EQUAL(got[0], 0);
  CHECK_EQUAL(got[1], 40);
  CHECK(std::isnan(got[2]) && std::isnan(got[3]));
}

template <class T>
void checkIntegerMoments(const Setup& setup) {
  const auto in = inputFor<T>(setup, [](const Index&) { return randomValue<T>(); });
  const auto got = reduced(setup, in, 1024);
  Int128 sum = 0, squares = 0;
  long double distances = 0;
  for (const T x : voxelsOf(in)) {
    sum += x;
    squares += static_cast<Int128>(x) * x;
    const long double d = static_cast<long double>(x) - static_cast<long double>(setup.numbers[0]);
    distances += d * d;
  }
  CHECK(integerOf(got, 2, 4) == sum);
  if constexpr (sizeof(T) < 8) CHECK(integerOf(got, 6, 4) == squares);
  else CHECK(std::abs(got[6] / static_cast<double>(distances) - 1) < 1e-12);
}

TEST(moments_reduce_of_integers_is_exact) {
  eachType([]<class T>(Type<T>) {
    if constexpr (std::is_integral_v<T>) {
      checkIntegerMoments<T>({"moments_reduce", {1000}, 2, {5003, 3}});
      checkIntegerMoments<T>({"moments_reduce", {1000}, 4, {19, 7, 3, 2}});
    }
  });
}

// The definition: leaves of 1024, 16 lanes, pairs; leaves added without rounding (here: in long double, of
// few leaves).
template <class T>
std::array<long double, 3> leafSums(const Setup& setup, const Padded<T>& in, double pilot) {
  std::array<long double, 3> total{};
  std::array<std::array<double, 16>, 3> lanes{};
  in.each(false, [&](const Index& i) {
    const std::int64_t index = setup.origin[0] + i[0];
    const auto lane = static_cast<std::size_t>(index % 16);
    const double x = in.at(i);
    if (x == x) {
      const volatile double d = x - pilot, square = d * d;
      lanes[0][lane] += x, lanes[1][lane] += d, lanes[2][lane] += square;
    }
    if (index % 1024 != 1023 && i[0] != setup.shape[0] - 1) return;
    for (std::size_t s = 0; s < 3; ++s) {
      for (std::size_t width = 8; width; width /= 2)
        for (std::size_t l = 0; l < width; ++l) lanes[s][l] += lanes[s][l + width];
      total[s] += lanes[s][0];
    }
    lanes = {};
  });
  return total;
}

template <class T>
void checkFloatMoments(std::int64_t origin) {
  Setup setup{"moments_reduce", {0.25}, 2, {5003, 3}};
  setup.origin[0] = origin;
  const auto in = inputFor<T>(setup, [](const Index& i) {
    const T x = moderateValue<T>();
    return i[0] % 97 == 5 ? std::numeric_limits<T>::quiet_NaN() : x;
  });
  const auto got = reduced(setup, in, 1024);
  const auto want = leafSums(setup, in, 0.25);
  for (std::size_t s = 0; s < 3; ++s)
    CHECK(std::abs(got[2 + s] - static_cast<double>(want[s])) <= 1e-15 * std::abs(got[2 + s]));
  CHECK_EQUAL(got[1], 3 * 52.0);
  CHECK_EQUAL(got[0] + got[1], 5003 * 3.0);
}

TEST(moments_reduce_of_floats_sums_fixed_leaves) {
  for (const std::int64_t origin : {0, 5, 1000, 1024}) {
    checkFloatMoments<float>(origin);
    checkFloatMoments<double>(origin);
  }
}

double sumOf(std::vector<double> values) {
  const Setup setup{"moments_reduce", {0}, 2, {1, static_cast<std::int64_t>(values.size())}};
  const auto in =
      inputFor<double>(setup, [&](const Index& i) { return values[static_cast<std::size_t>(i[1])]; });
  return reduced(setup, in, 1024)[2];
}

TEST(moments_reduce_adds_leaves_without_rounding) {
  const double tiny = std::numeric_limits<double>::denorm_min(), huge = std::numeric_limits<double>::max();
  CHECK_EQUAL(sumOf({1e300, 1, -1e300}), 1);
  CHECK_EQUAL(sumOf({huge, huge, -huge, tiny, -huge}), tiny);
  CHECK_EQUAL(sumOf({-tiny, -tiny, -tiny}), -3 * tiny);
  CHECK_EQUAL(sumOf({1, 0x1p-53}), 1);
  CHECK_EQUAL(sumOf({1, 0x1p-53, tiny}), 1 + 0x1p-52);
  CHECK_EQUAL(sumOf({1 + 0x1p-52, 0x1p-53}), 1 + 0x1p-51);
  CHECK_EQUAL(sumOf({-1, -0x1p-53, -tiny}), -1 - 0x1p-52);
  CHECK_EQUAL(sumOf({huge, 0x1p969}), huge);
  CHECK_EQUAL(sumOf({huge, 0x1p970}), std::numeric_limits<double>::infinity());
  CHECK_EQUAL(sumOf({-huge, -huge}), -std::numeric_limits<double>::infinity());
  CHECK_EQUAL(sumOf({0x1p-1022, -tiny}), 0x1p-1022 - tiny);
  CHECK_EQUAL(sumOf({0.0, -0.0}), 0);
}

TEST(moments_reduce_adds_infinities_as_ieee_does) {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK_EQUAL(sumOf({1, infinity, 2}), infinity);
  CHECK_EQUAL(sumOf({-infinity, 2}), -infinity);
  CHECK(std::isnan(sumOf({infinity, 2, -infinity})));
}

}  // namespace
}  // namespace voxline::test
