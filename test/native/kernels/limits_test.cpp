#include "support/kernel_box.h"

namespace voxline::test {
namespace {

// The words of a limit as the kernels take it.
template <class T>
void addWords(std::vector<double>& numbers, T value) {
  std::uint64_t bits;
  if constexpr (std::is_floating_point_v<T>) {
    const double wide = value;
    std::memcpy(&bits, &wide, 8);
  } else {
    bits = static_cast<std::uint64_t>(
        static_cast<std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>(value));
  }
  numbers.push_back(static_cast<double>(static_cast<std::int32_t>(bits >> 32)));
  numbers.push_back(static_cast<double>(bits & 0xffffffff));
}

template <class... V>
std::vector<double> wordsOf(V... values) {
  std::vector<double> numbers;
  (addWords(numbers, values), ...);
  return numbers;
}

// Two limits of T that many random values lie between.
template <class T>
std::pair<T, T> limitsIn() {
  if constexpr (std::is_floating_point_v<T>) return {T(-0.1), T(254.5)};
  else return {T(std::numeric_limits<T>::max() / 4), T(std::numeric_limits<T>::max() / 4 * 3 + 1)};
}

TEST(threshold_keeps_what_lies_within_both_limits_for_every_type) {
  eachType([]<class T>(Type<T>) {
    const auto [low, high] = limitsIn<T>();
    const T below = low, above = high, outside = T(7);
    const Setup setup{"threshold", wordsOf(below, above, outside), 2, {83, 5}};
    const auto in = inputFor<T>(setup, [&](const Index& i) {
      return i[0] % 9 == 0 ? below : i[0] % 9 == 1 ? above : randomValue<T>();
    });
    checkLevels<T, T>(setup, in, [&](const Index& i) {
      const T x = in.at(i);
      return below <= x && x <= above ? x : outside;
    });
  });
}

TEST(threshold_takes_limits_beyond_the_type) {
  const auto check = [](std::int64_t below, std::int64_t above, auto keeps) {
    const Setup setup{"threshold", wordsOf(below, above, std::int64_t{0}), 1, {256}};
    const auto in =
        inputFor<std::uint8_t>(setup, [](const Index& i) { return static_cast<std::uint8_t>(i[0]); });
    checkLevels<std::uint8_t, std::uint8_t>(
        setup, in, [&](const Index& i) { return keeps(i[0]) ? in.at(i) : std::uint8_t{0}; });
  };
  check(300, 400, [](std::int64_t) { return false; });
  check(-5, -1, [](std::int64_t) { return false; });
  check(-5, 1000, [](std::int64_t) { return true; });
  check(INT64_MIN, 200, [](std::int64_t x) { return x <= 200; });
  check(9, 8, [](std::int64_t) { return false; });
}

TEST(threshold_compares_float32_voxels_with_float64_limits_exactly) {
  const double below = 0.1, above = 0.3;  // neither is a float32
  const float around[] = {0.1f, std::nextafter(0.1f, 0.0f), 0.3f, std::nextafter(0.3f, 0.0f), -0.0f, 0.2f};
  const Setup setup{"threshold", wordsOf(below, above, -1.0), 1, {36}};
  const auto in = inputFor<float>(setup, [&](const Index& i) { return around[i[0] % 6]; });
  checkLevels<float, float>(setup, in, [&](const Index& i) {
    const double x = in.at(i);
    return below <= x && x <= above ? in.at(i) : -1.0f;
  });
}

TEST(threshold_with_tiny_limits_tells_zero_from_denormals) {
  const Setup setup{"threshold", wordsOf(1e-60, 1.0, 5.0), 1, {40}};
  const auto in = inputFor<float>(
      setup, [](const Index& i) { return i[0] % 2 ? 0.0f : std::numeric_limits<float>::denorm_min(); });
  checkLevels<float, float>(
      setup, in, [](const Index& i) { return i[0] % 2 ? 5.0f : std::numeric_limits<float>::denorm_min(); });
}

TEST(threshold_compares_64_bit_integers_exactly) {
  const std::int64_t limit = INT64_MAX - 1;
  const Setup setup{"threshold", wordsOf(limit, INT64_MAX, INT64_MIN + 1), 1, {30}};
  const auto in = inputFor<std::int64_t>(setup, [&](const Index& i) { return limit - 1 + i[0] % 3; });
  checkLevels<std::int64_t, std::int64_t>(
      setup, in, [&](const Index& i) { return i[0] % 3 ? in.at(i) : INT64_MIN + 1; });
}

TEST(clamp_moves_voxels_to_the_nearer_limit_for_every_type) {
  eachType([]<class T>(Type<T>) {
    const auto [low, high] = limitsIn<T>();
    const T from = low, to = high;
    const Setup setup{"clamp", wordsOf(from, to), 2, {83, 5}};
    const auto in = inputFor<T>(setup, [](const Index&) { return randomValue<T>(); });
    checkLevels<T, T>(
        setup, in,
        [&](const Index& i) {
          const T x = in.at(i);
          return x < from ? from : x > to ? to : x;
        },
        true);
  });
}

TEST(clamp_keeps_nan_and_the_sign_of_zeros) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float values[] = {nan, -0.0f, 0.0f, -1.0f, 2.0f};
  const float wanted[] = {nan, -0.0f, 0.0f, 0.0f, 1.0f};
  const Setup setup{"clamp", wordsOf(0.0, 1.0), 1, {65}};
  const auto in = inputFor<float>(setup, [&](const Index& i) { return values[i[0] % 5]; });
  checkLevels<float, float>(setup, in, [&](const Index& i) { return wanted[i[0] % 5]; });
}

TEST(limits_are_refused_when_a_word_is_no_integer) {
  const KernelInfo& info = *findKernel("clamp");
  ParamBlock params;
  const double broken[] = {0.5, 0, 0, 0}, wide[] = {0, 4294967296.0, 0, 0};
  CHECK(!info.decode(broken, 4, params));
  CHECK(!info.decode(wide, 4, params));
}

}  // namespace
}  // namespace voxline::test
