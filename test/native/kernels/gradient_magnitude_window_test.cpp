#include "support/kernel_box.h"

namespace voxline::test {
namespace {

template <class T>
void checkGradient(const Setup& setup) {
  const auto in = inputFor<T>(
      setup, [](const Index&) { return randomBits()() % 50 ? moderateValue<T>() : randomValue<T>(); });
  checkLevels<T, T>(
      setup, in,
      [&](const Index& at) {
        volatile T sum = 0;
        for (int k = 0; k < setup.rank; ++k) {
          const auto a = static_cast<std::size_t>(setup.axes[static_cast<std::size_t>(k)]);
          if (setup.numbers[a + 1] == 0) continue;
          Index next = at, previous = at;
          ++next[a], --previous[a];
          const volatile T difference = in.at(next) - in.at(previous);
          const volatile T slope = difference * static_cast<T>(setup.numbers[a + 1]);
          const volatile T square = slope * slope;
          sum = sum + square;
        }
        return std::sqrt(static_cast<T>(sum));
      },
      true);
}

Setup setupFor(std::vector<double> weights, const Index& shape) {
  const int rank = static_cast<int>(weights.size());
  weights.insert(weights.begin(), rank);
  return {"gradient_magnitude_window", weights, rank, shape};
}

TEST(gradient_magnitude_window_is_the_root_of_the_squared_slopes) {
  for (const auto& weights : std::vector<std::vector<double>>{{0.5},
                                                              {0.3, 0.7},
                                                              {0.5, 0.1, 0.9},
                                                              {0.5, 0, 0.9},
                                                              {0, 0.25, 0},
                                                              {0.1, 0.2, 0.3, 0.4},
                                                              {0.1, 0, 0.3, 0.4},
                                                              {0, 0, 0, 0.4}}) {
    checkGradient<float>(setupFor(weights, {67, 7, 5, 3}));
    checkGradient<double>(setupFor(weights, {19, 7, 5, 3}));
  }
}

TEST(gradient_magnitude_window_without_axes_is_zero) {
  const Setup setup = setupFor({0, 0}, {19, 7});
  const auto in = inputFor<float>(setup, [](const Index&) { return moderateValue<float>(); });
  checkLevels<float, float>(setup, in, [](const Index&) { return 0.0f; });
}

TEST(gradient_magnitude_window_adds_in_the_order_of_the_volumes_own_axes) {
  Setup setup = setupFor({0.3, 0.7, 0.1}, {19, 7, 5});
  for (const Index& axes : {Index{2, 0, 1}, Index{1, 0, 2}, Index{2, 1, 0}}) {
    setup.axes = axes;
    checkGradient<float>(setup);
  }
}

}  // namespace
}  // namespace voxline::test
