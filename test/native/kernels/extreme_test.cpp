#include <algorithm>

#include "support/kernel_box.h"

namespace voxline::test {
namespace {

enum Element { Box, Ball, Sphere, Cross };

// By the formula, in whole numbers: halves for a ball.
bool holds(Element element, const std::vector<int>& radius, const Index& offset) {
  double sum = 0;
  int moved = 0;
  for (std::size_t a = 0; a < radius.size(); ++a) {
    if (offset[a] == 0) continue;
    const double d = static_cast<double>(offset[a]);
    sum +=
        element == Ball ? d * d / ((radius[a] + 0.5) * (radius[a] + 0.5)) : d * d / (radius[a] * radius[a]);
    ++moved;
  }
  if (element == Box) return true;
  return element == Cross ? moved <= 1 : sum <= 1 + 1e-12;
}

template <class T>
T extreme(const Padded<T>& in, const Index& centre, const std::vector<int>& radius, Element element,
          bool greatest) {
  T best = in.at(centre);
  Index offset{};
  for (std::size_t a = 0; a < radius.size(); ++a) offset[a] = -radius[a];
  for (;;) {
    Index at = centre;
    for (std::size_t a = 0; a < radius.size(); ++a) at[a] += offset[a];
    if (holds(element, radius, offset))
      best = greatest ? std::max(best, in.at(at)) : std::min(best, in.at(at));
    std::size_t a = 0;
    for (; a < radius.size(); ++a) {
      if (++offset[a] <= radius[a]) break;
      offset[a] = -radius[a];
    }
    if (a == radius.size()) return best;
  }
}

template <class T>
void checkWindow(Element element, const std::vector<int>& radius, const Index& shape, bool greatest) {
  Setup setup{"extreme_window", {double(radius.size())}, static_cast<int>(radius.size()), shape};
  setup.numbers.insert(setup.numbers.end(), radius.begin(), radius.end());
  setup.numbers.insert(setup.numbers.end(), {double(element), double(greatest)});
  const auto in = inputFor<T>(setup, [](const Index&) { return randomValue<T>(); });
  checkLevels<T, T>(setup, in, [&](const Index& i) { return extreme(in, i, radius, element, greatest); });
}

template <class T>
void checkLine(int radius, int axis, const Index& shape, bool greatest) {
  Setup setup{"extreme_line", {double(radius), double(greatest)}, 3, shape};
  setup.axis = axis;
  const auto in = inputFor<T>(setup, [](const Index&) { return randomValue<T>(); });
  std::vector<int> box(3);
  box[static_cast<std::size_t>(axis)] = radius;
  checkLevels<T, T>(setup, in, [&](const Index& i) { return extreme(in, i, box, Box, greatest); });
}

template <class F>
void eachOrderType(F f) {
  f(Type<std::uint8_t>{});
  f(Type<std::int16_t>{});
  f(Type<std::int32_t>{});
  f(Type<std::int64_t>{});
}

TEST(extreme_line_takes_any_radius_along_any_axis) {
  eachOrderType([]<class T>(Type<T>) {
    for (const int radius : {0, 1, 2, 3, 4, 5, 8, 11, 40})
      for (const int axis : {0, 1, 2}) {
        checkLine<T>(radius, axis, {71, 5, 3}, radius % 2);
        checkLine<T>(radius, axis, {3, 10, 13}, true);
      }
  });
}

TEST(extreme_window_finds_the_extremes_of_every_element) {
  eachOrderType([]<class T>(Type<T>) {
    for (const Element element : {Box, Ball, Sphere, Cross})
      for (const std::vector<int>& radius : std::vector<std::vector<int>>{
               {1, 1, 1}, {2, 2, 2}, {3, 1, 2}, {0, 2, 1}, {2, 0, 0}, {0, 0, 3}, {0, 0, 0}}) {
        checkWindow<T>(element, radius, {71, 5, 3}, true);
        checkWindow<T>(element, radius, {7, 3, 6}, false);
      }
  });
}

TEST(extreme_window_takes_any_number_of_axes) {
  for (const Element element : {Box, Ball, Sphere, Cross}) {
    checkWindow<std::uint8_t>(element, {4}, {71}, true);
    checkWindow<std::int16_t>(element, {2, 3}, {19, 5}, false);
    checkWindow<std::int16_t>(element, {1, 2, 0, 2}, {19, 3, 2, 3}, true);
    checkWindow<std::uint8_t>(element, {2, 1, 1, 1}, {9, 3, 2, 3}, false);
  }
}

TEST(extreme_window_cuts_its_columns_where_scratch_ends) {
  checkWindow<std::int64_t>(Ball, {12, 12, 12}, {9, 90, 2}, true);
  checkWindow<std::uint8_t>(Sphere, {70, 70, 3}, {5, 9, 1}, false);
}

TEST(extreme_window_does_elements_larger_than_its_scratch) {
  checkWindow<std::uint8_t>(Ball, {70, 70, 70}, {3, 2, 1}, true);
  checkWindow<std::int16_t>(Sphere, {2, 8000, 0}, {3, 2, 1}, false);
}

TEST(extreme_kernels_refuse_broken_parameters) {
  const auto refuses = [](std::string_view name, const std::vector<double>& numbers, int rank) {
    const KernelInfo& info = *findKernel(name);
    ParamBlock params;
    return !info.decode(numbers.data(), numbers.size(), params) || !info.check(params, rank).empty();
  };
  for (const std::vector<double>& numbers : std::vector<std::vector<double>>{{1, 1, 0, 0},
                                                                             {2, 1, -1, 0, 0},
                                                                             {2, 1, 0.5, 0, 0},
                                                                             {2, 1, 1, 4, 0},
                                                                             {2, 1, 1, 0, 2},
                                                                             {2, 1, 20000, 0, 0}})
    CHECK(refuses("extreme_window", numbers, 2));
  CHECK(!refuses("extreme_window", {2, 1, 1, 3, 1}, 2));
  for (const std::vector<double>& numbers :
       std::vector<std::vector<double>>{{-1, 0}, {1, 2}, {0.5, 0}, {4e9, 0}})
    CHECK(refuses("extreme_line", numbers, 3));
}

}  // namespace
}  // namespace voxline::test
