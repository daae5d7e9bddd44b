#include <algorithm>

#include "support/kernel_box.h"

namespace voxline::test {
namespace {

// The value of ascending position `index` of the box around a voxel, by sorting.
template <class T>
T selected(const Padded<T>& in, const Index& centre, const std::vector<int>& radius, std::size_t index) {
  std::vector<T> window;
  Index at = centre;
  for (std::size_t a = 0; a < radius.size(); ++a) at[a] -= radius[a];
  for (;;) {
    window.push_back(in.at(at));
    std::size_t a = 0;
    for (; a < radius.size(); ++a) {
      if (++at[a] <= centre[a] + radius[a]) break;
      at[a] = centre[a] - radius[a];
    }
    if (a == radius.size()) break;
  }
  std::nth_element(window.begin(), window.begin() + static_cast<std::ptrdiff_t>(index), window.end());
  return window[index];
}

std::size_t sizeOf(const std::vector<int>& radius) {
  std::size_t size = 1;
  for (const int r : radius) size *= static_cast<std::size_t>(2 * r + 1);
  return size;
}

Setup setupFor(std::string_view kernel, const std::vector<int>& radius, const Index& shape) {
  Setup setup{kernel, {double(radius.size())}, static_cast<int>(radius.size()), shape};
  setup.numbers.insert(setup.numbers.end(), radius.begin(), radius.end());
  return setup;
}

// Few different values, so that ranks meet ties, or all.
template <class T>
Padded<T> valuesFor(const Setup& setup, bool ties) {
  return inputFor<T>(
      setup, [=](const Index&) { return ties ? static_cast<T>(randomBits()() % 5) : randomValue<T>(); });
}

template <class T>
void checkMedian(const std::vector<int>& radius, const Index& shape, bool ties = false) {
  const Setup setup = setupFor("median_window", radius, shape);
  const auto in = valuesFor<T>(setup, ties);
  checkLevels<T, T>(setup, in, [&](const Index& i) { return selected(in, i, radius, sizeOf(radius) / 2); });
}

template <class T>
void checkRank(const std::vector<int>& radius, const Index& shape, std::size_t index, bool ties = false) {
  Setup setup = setupFor("rank_window", radius, shape);
  setup.numbers.push_back(static_cast<double>(index));
  const auto in = valuesFor<T>(setup, ties);
  checkLevels<T, T>(setup, in, [&](const Index& i) { return selected(in, i, radius, index); });
}

template <class F>
void eachOrderType(F f) {
  f(Type<std::uint8_t>{});
  f(Type<std::int16_t>{});
  f(Type<std::int32_t>{});
  f(Type<std::int64_t>{});
}

TEST(median_window_finds_the_middle_by_networks) {
  eachOrderType([]<class T>(Type<T>) {
    for (const int r : {1, 2}) {
      checkMedian<T>({r, r, r}, {71, 5, 3});
      checkMedian<T>({r, r, r}, {9, 4, 6}, true);
      checkMedian<T>({r, r}, {71, 5});
      checkMedian<T>({r, r}, {9, 4}, true);
    }
  });
}

TEST(median_window_does_boxes_of_one_row_or_plane) {
  eachOrderType([]<class T>(Type<T>) {
    for (const int r : {1, 2})
      for (const Index& shape :
           {Index{7, 1, 1}, Index{7, 1, 4}, Index{7, 2, 1}, Index{1, 1, 2}, Index{1, 3, 1}})
        checkMedian<T>({r, r, r}, shape);
  });
}

TEST(median_window_takes_any_axes) {
  for (const std::vector<int>& radius : std::vector<std::vector<int>>{{1, 0, 1},
                                                                      {0, 1, 1},
                                                                      {2, 0, 2},
                                                                      {0, 2, 2},
                                                                      {1, 1, 0},
                                                                      {1, 1, 0, 1},
                                                                      {1, 0, 1, 1},
                                                                      {0, 1, 1, 1},
                                                                      {0, 1, 0, 1},
                                                                      {1, 0, 0, 1}}) {
    checkMedian<std::int16_t>(radius, {11, 5, 4, 3});
    checkMedian<std::uint8_t>(radius, {11, 5, 4, 3});
  }
}

TEST(median_window_takes_any_radius) {
  for (const std::vector<int>& radius :
       std::vector<std::vector<int>>{{0}, {1}, {4}, {1, 2, 0}, {3, 3}, {0, 0, 3}, {1, 1, 2}, {3, 2, 1}}) {
    checkMedian<std::uint8_t>(radius, {19, 7, 5});
    checkMedian<std::int16_t>(radius, {19, 7, 5});
    checkMedian<std::int32_t>(radius, {19, 7, 5});
  }
}

TEST(rank_window_finds_every_position) {
  eachOrderType([]<class T>(Type<T>) {
    for (std::size_t index = 0; index < 15; ++index) {
      checkRank<T>({2, 1}, {19, 3}, index);
      checkRank<T>({2, 1}, {7, 3}, index, true);
    }
    for (const std::size_t index : {std::size_t{0}, std::size_t{20}, std::size_t{104}})
      checkRank<T>({1, 2, 3}, {19, 3, 2}, index);
    checkRank<T>({1, 0, 1, 1}, {19, 2, 3, 2}, 5);
    checkRank<T>({0, 0}, {19, 2}, 0);
  });
}

TEST(rank_window_counts_windows_of_more_voxels_than_a_lane_can_hold) {
  checkRank<std::uint8_t>({9, 9}, {70, 2}, 100);
  checkRank<std::uint8_t>({9, 9}, {70, 2}, 300, true);
  checkRank<std::int16_t>({130, 130}, {3, 1}, 66000);
}

TEST(rank_window_does_windows_larger_than_its_scratch) {
  checkRank<std::int64_t>({140, 140}, {2, 1}, 40000);
  checkRank<std::uint8_t>({4, 4, 4}, {300, 1, 1}, 728);
}

TEST(rank_window_refuses_positions_outside_the_window_and_broken_radii) {
  const KernelInfo& info = *findKernel("rank_window");
  const std::vector<std::vector<double>> broken{
      {2, 1, 1, 9}, {2, 1, 1, -1}, {2, 1, -1, 0}, {2, 1, 0.5, 0}, {1, 1, 0}};
  for (const auto& numbers : broken) {
    ParamBlock params;
    CHECK(info.decode(numbers.data(), numbers.size(), params));
    CHECK(!info.check(params, 2).empty());
  }
}

}  // namespace
}  // namespace voxline::test
