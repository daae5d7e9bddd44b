#include "support/kernel_box.h"

namespace voxline::test {
namespace {

Index shifted(Index index, int axis, std::int64_t by) {
  index[static_cast<std::size_t>(axis)] += by;
  return index;
}

template <class T>
void checkFir(int radius, int rank, int axis) {
  Setup setup{"fir_line", {double(radius + 1)}, rank, {19, 7, 5, 3}, axis};
  std::vector<T> weights;
  for (int k = 0; k <= radius; ++k) {
    setup.numbers.push_back(1.0 / (3 + k));
    weights.push_back(static_cast<T>(1.0 / (3 + k)));
  }
  const auto in = inputFor<T>(setup, [](const Index&) { return moderateValue<T>(); });
  checkLevels<T, T>(setup, in, [&](const Index& i) {
    volatile T sum = in.at(i) * weights[0];
    for (int k = 1; k <= radius; ++k) {
      const volatile T pair = in.at(shifted(i, axis, -k)) + in.at(shifted(i, axis, k));
      const volatile T term = pair * weights[static_cast<std::size_t>(k)];
      sum = sum + term;
    }
    return static_cast<T>(sum);
  });
}

// Sums by the definition: segments of the window's length at multiples of it of the absolute index.
template <class T>
T boxSum(const Setup& setup, const Padded<T>& in, const Index& at, int radius) {
  using Sum = std::conditional_t<std::is_integral_v<T>, std::uint64_t, T>;
  const auto value = [&](std::int64_t k) { return static_cast<Sum>(in.at(shifted(at, setup.axis, k))); };
  if constexpr (std::is_integral_v<T>) {
    Sum sum = 0;
    for (int k = -radius; k <= radius; ++k) sum += value(k);
    return static_cast<T>(sum);
  } else {
    const std::int64_t width = 2 * radius + 1, begin = setup.origin[setup.axis] + at[setup.axis] - radius;
    const std::int64_t phase = (begin % width + width) % width, cut = phase == 0 ? width : width - phase;
    const auto forwards = [&](std::int64_t from, std::int64_t to) {
      volatile T sum = value(from - radius);
      for (std::int64_t k = from + 1; k < to; ++k) sum = sum + value(k - radius);
      return static_cast<T>(sum);
    };
    if (cut == width) return forwards(0, width);
    volatile T end = value(cut - 1 - radius);
    for (std::int64_t k = cut - 2; k >= 0; --k) end = end + value(k - radius);
    return static_cast<T>(end) + forwards(cut, width);
  }
}

template <class T>
void checkBoxSum(const Setup& setup, int radius, bool specials = false) {
  const auto in =
      inputFor<T>(setup, [&](const Index&) { return specials ? randomValue<T>() : moderateValue<T>(); });
  checkLevels<T, T>(
      setup, in, [&](const Index& i) { return boxSum(setup, in, i, radius); }, true);
}

Setup boxSumSetup(int radius, int rank, const Index& shape, int axis, std::int64_t origin) {
  Setup setup{"box_sum_line", {double(radius)}, rank, shape, axis};
  setup.origin[static_cast<std::size_t>(axis)] = origin;
  return setup;
}

TEST(fir_line_adds_the_pairs_of_neighbours_from_the_centre_outwards) {
  for (int rank = 1; rank <= 4; ++rank)
    for (int axis = 0; axis < rank; ++axis)
      for (const int radius : {0, 1, 2, 3, 4, 5, 6, 7, 13}) {
        checkFir<float>(radius, rank, axis);
        checkFir<double>(radius, rank, axis);
      }
}

TEST(fir_line_needs_weights) {
  const KernelInfo& info = *findKernel("fir_line");
  ParamBlock params;
  const double none[] = {0};
  CHECK(info.decode(none, 1, params));
  CHECK(!info.check(params, 3).empty());
}

TEST(box_sum_line_sums_windows_along_every_axis) {
  for (int rank = 1; rank <= 4; ++rank)
    for (int axis = 0; axis < rank; ++axis)
      for (const int radius : {0, 1, 2, 3, 8, 9, 20}) {
        const Setup setup = boxSumSetup(radius, rank, {19, 7, 5, 3}, axis, 1000);
        checkBoxSum<std::int32_t>(setup, radius);
        checkBoxSum<std::int64_t>(setup, radius);
        checkBoxSum<float>(setup, radius);
        checkBoxSum<double>(setup, radius);
      }
}

TEST(box_sum_line_of_integers_wraps) {
  for (int axis = 0; axis < 2; ++axis) {
    checkBoxSum<std::int32_t>(boxSumSetup(12, 2, {37, 5}, axis, 0), 12, true);
    checkBoxSum<std::int64_t>(boxSumSetup(2, 2, {37, 5}, axis, 0), 2, true);
  }
}

TEST(box_sum_line_of_floats_depends_on_the_absolute_index_alone) {
  for (const std::int64_t origin : {-7, -1, 0, 1, 2, 3, 4, 5, 6, 1023})
    for (int axis = 0; axis < 2; ++axis) {
      checkBoxSum<float>(boxSumSetup(2, 2, {23, 17}, axis, origin), 2);
      checkBoxSum<double>(boxSumSetup(3, 2, {23, 17}, axis, origin), 3);
    }
}

TEST(box_sum_line_keeps_nan_and_infinity_in_their_windows) {
  for (int axis = 0; axis < 2; ++axis) checkBoxSum<float>(boxSumSetup(1, 2, {53, 29}, axis, 4), 1, true);
}

TEST(box_sum_line_does_lines_longer_than_its_scratch) {
  for (const int radius : {2, 300}) {
    const Setup setup = boxSumSetup(radius, 2, {300'000, 1}, 0, 5);
    checkBoxSum<std::int32_t>(setup, radius);
    if (radius == 2) checkBoxSum<double>(setup, radius);
  }
  checkBoxSum<float>(boxSumSetup(4096, 1, {700}, 0, 9), 4096);
}

}  // namespace
}  // namespace voxline::test
