#include <cmath>
#include <map>

#include "support/reduce_box.h"

namespace voxline::test {
namespace {

using Labels = Padded<std::int32_t>;

struct Wanted {
  double count = 0, nan = 0, below = 0, above = 0;
  Index first{}, last{}, sum{};
  std::vector<long double> values;
  __int128 exact = 0, squares = 0;
  long double least = INFINITY, most = -INFINITY;
};

template <class T>
std::map<std::int32_t, Wanted> wantedOf(const Setup& setup, const Padded<T>& in, const Labels& labels) {
  std::map<std::int32_t, Wanted> all;
  in.each(false, [&](const Index& i) {
    Wanted& w = all[labels.at(i)];
    for (int k = 0; k < setup.rank; ++k) {
      const auto axis = static_cast<std::size_t>(setup.axes[static_cast<std::size_t>(k)]),
                 own = static_cast<std::size_t>(k);
      const std::int64_t index = setup.origin[axis] + i[axis];
      w.first[own] = w.count ? std::min(w.first[own], index) : index;
      w.last[own] = w.count ? std::max(w.last[own], index) : index;
      w.sum[own] += index;
    }
    ++w.count;
    const T x = in.at(i);
    if constexpr (std::is_floating_point_v<T>) {
      w.nan += std::isnan(x);
      w.below += std::isinf(x) && x < 0;
      w.above += std::isinf(x) && x > 0;
      if (!std::isfinite(x)) return;
    } else {
      w.exact += x;
      w.squares += static_cast<__int128>(x) * x;  // of values whose sum of squares fits
    }
    w.values.push_back(static_cast<long double>(x));
    w.least = std::min(w.least, w.values.back());
    w.most = std::max(w.most, w.values.back());
  });
  return all;
}

// The numbers behind a label's place.
using CheckValues = void (*)(const std::vector<double>& got, std::size_t at, const Wanted& want);

template <class T>
void checkLabels(const Setup& setup, const Padded<T>& in, const Labels& labels, std::size_t numbers,
                 CheckValues check) {
  const std::size_t rank = static_cast<std::size_t>(setup.rank), size = 5 + 4 * rank + numbers;
  const auto got = reduced(setup, in, 1024, {labels.block(), sizeof(std::int32_t), size});
  const auto all = wantedOf(setup, in, labels);
  CHECK_EQUAL(got.size(), all.size() * size);
  for (std::size_t at = 0; at < got.size(); at += size) {
    const auto found = all.find(static_cast<std::int32_t>(got[at]));
    CHECK(found != all.end());
    const Wanted& want = found->second;
    CHECK_EQUAL(got[at + 1], want.count);
    CHECK_EQUAL(got[at + 2], want.nan);
    CHECK_EQUAL(got[at + 3], want.below);
    CHECK_EQUAL(got[at + 4], want.above);
    for (std::size_t a = 0; a < rank; ++a) {
      CHECK_EQUAL(got[at + 5 + 4 * a], static_cast<double>(want.first[a]));
      CHECK_EQUAL(got[at + 6 + 4 * a], static_cast<double>(want.last[a]));
      CHECK(integerOf(got, at + 7 + 4 * a, 2) == want.sum[a]);
    }
    check(got, at + 5 + 4 * rank, want);
  }
}

void checkIntegers(const std::vector<double>& got, std::size_t at, const Wanted& want) {
  CHECK(static_cast<std::int64_t>(integerOf(got, at, 2)) == static_cast<std::int64_t>(want.least));
  CHECK(static_cast<std::int64_t>(integerOf(got, at + 2, 2)) == static_cast<std::int64_t>(want.most));
  CHECK(integerOf(got, at + 4, 4) == want.exact);
  CHECK_EQUAL(got[at + 8], 0);
  CHECK_EQUAL(got[at + 9], 0);
  CHECK(integerOf(got, at + 10, 4) == want.squares);
}

void checkFloats(const std::vector<double>& got, std::size_t at, const Wanted& want) {
  const auto n = static_cast<long double>(want.values.size());
  if (want.values.empty()) {
    CHECK(std::isnan(got[at]) && std::isnan(got[at + 1]) && got[at + 3] == 0);
    return;
  }
  CHECK_EQUAL(got[at], static_cast<double>(want.least));
  CHECK_EQUAL(got[at + 1], static_cast<double>(want.most));
  long double sum = 0, size = 0, distance = 0;
  for (const long double x : want.values) sum += x, size += std::abs(x);
  // Without a mean, which rounding would put next to its place.
  for (const long double x : want.values)
    for (const long double y : want.values) distance += (x - y) * (x - y) / (2 * n);
  CHECK(std::abs(got[at + 2] - static_cast<double>(sum)) <= 1e-15 * static_cast<double>(size));
  CHECK(std::abs(got[at + 3] - static_cast<double>(distance)) <=
        1e-12 * static_cast<double>(distance) + 1e-300);
}

// Runs of a few labels, some of them negative, and single voxels of many.
Labels labelsFor(const Setup& setup, bool many) {
  std::int32_t label = 0;
  return inputFor<std::int32_t>(setup, [&](const Index&) {
    const std::uint64_t bits = randomBits()();
    if (many) return static_cast<std::int32_t>(bits % 20000) * 104729;
    if (bits % 7 == 0) label = static_cast<std::int32_t>(bits >> 8 & 3) - 1;
    return bits % 31 == 1 ? std::numeric_limits<std::int32_t>::min() : label;
  });
}

const std::vector<Setup> integerSetups{
    {"label_reduce", {0}, 2, {2051, 3}},
    {"label_reduce", {0}, 4, {19, 7, 3, 2}, -1, {1020, 5, 0, 9}, {0, 2, 1, 3, 4, 5, 6, 7, 8}}};

template <class T>
void checkIntegerLabels(bool many, T least, std::uint64_t span) {
  for (const Setup& setup : integerSetups) {
    const auto in = inputFor<T>(
        setup, [&](const Index&) { return static_cast<T>(least + static_cast<T>(randomBits()() % span)); });
    checkLabels<T>(setup, in, labelsFor(setup, many), 14, checkIntegers);
  }
}

TEST(label_reduce_sums_integers_exactly) {
  checkIntegerLabels<std::int32_t>(false, std::numeric_limits<std::int32_t>::min(), 1ull << 32);
  checkIntegerLabels<std::int32_t>(false, -1000, 2001);
  checkIntegerLabels<std::int64_t>(false, -(std::int64_t{1} << 54), 1ull << 55);
  checkIntegerLabels<std::int64_t>(true, -5, 11);
}

TEST(label_reduce_takes_the_greatest_64_bit_integers) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const Setup setup{"label_reduce", {0}, 1, {2000}};
  const auto in = inputFor<std::uint64_t>(setup, [](const Index&) { return most; });
  const auto labels = inputFor<std::int32_t>(setup, [](const Index&) { return 9; });
  const auto one = reduced(setup, in, 1024, {labels.block(), 4});
  CHECK_EQUAL(one[0], 9);
  // 2000 (2^64 - 1) and 2000 (2^128 - 2^65 + 1)
  const std::vector<double> sum{0, 1999, 4294967295, 4294965296},
      squares{0, 1999, 4294967295, 4294963296, 0, 2000};
  for (std::size_t i = 0; i < 4; ++i) CHECK_EQUAL(one[13 + i], sum[i]);
  for (std::size_t i = 0; i < 6; ++i) CHECK_EQUAL(one[17 + i], squares[i]);
}

template <class T, class F>
void checkFloatLabels(bool many, F value) {
  for (Setup setup : integerSetups) {
    setup.numbers = {1};
    const auto in = inputFor<T>(setup, value);
    checkLabels<T>(setup, in, labelsFor(setup, many), 4, checkFloats);
  }
}

TEST(label_reduce_sums_floats_about_no_pilot_and_still_to_the_last_digits) {
  const auto noise = [] { return (static_cast<double>(randomBits()() >> 11) / 9007199254740992.0 - 0.5); };
  checkFloatLabels<float>(false, [&](const Index&) { return static_cast<float>(noise() * 2000); });
  checkFloatLabels<double>(false, [&](const Index&) { return 1e9 + noise(); });
  checkFloatLabels<double>(true, [&](const Index&) { return 1e6 + noise() * 1e-3; });
  checkFloatLabels<float>(false, [&](const Index& i) {
    return i[0] % 5 == 1    ? NAN
           : i[0] % 7 == 2  ? INFINITY
           : i[0] % 11 == 3 ? -INFINITY
                            : static_cast<float>(noise());
  });
  checkFloatLabels<double>(true, [&](const Index& i) { return i[0] % 2 ? NAN : noise(); });
}

}  // namespace
}  // namespace voxline::test
