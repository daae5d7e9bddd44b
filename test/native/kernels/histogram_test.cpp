#include <algorithm>
#include <map>

#include "support/reduce_box.h"

namespace voxline::test {
namespace {

template <class T>
void checkValueHistogram(const Setup& setup, std::uint64_t kinds) {
  const auto in = inputFor<T>(setup, [&](const Index&) {
    return kinds ? static_cast<T>(randomBits()() / 7 % kinds) : randomValue<T>();
  });
  std::map<T, double> counts;
  for (const T x : voxelsOf(in)) ++counts[x];
  std::vector<double> wanted;
  for (const auto& [value, count] : counts) wanted.insert(wanted.end(), {static_cast<double>(value), count});
  CHECK(reduced(setup, in, 13) == wanted);
}

TEST(value_histogram_reduce_counts_every_value_of_8_and_16_bit_types) {
  for (const Setup& setup :
       {Setup{"value_histogram_reduce", {}, 3, {301, 7, 5}}, Setup{"value_histogram_reduce", {}, 2, {19, 7}}})
    for (const std::uint64_t kinds : {0, 1, 2}) {
      checkValueHistogram<std::uint8_t>(setup, kinds);
      checkValueHistogram<std::int8_t>(setup, kinds);
      checkValueHistogram<std::uint16_t>(setup, kinds);
      checkValueHistogram<std::int16_t>(setup, kinds);
    }
}

// NumPy's rule, one voxel at a time.
template <class T>
std::vector<double> binned(const std::vector<T>& voxels, double low, double high, int bins) {
  std::vector<double> wanted(static_cast<std::size_t>(bins) + 3, 0);
  const volatile double step = (high - low) / bins;
  const auto edge = [&](int k) {
    const volatile double along = k * step;
    return k == bins ? high : along + low;
  };
  for (const T x : voxels) {
    std::size_t slot = static_cast<std::size_t>(bins) + (x < low ? 0 : x > high ? 1 : 2);
    if (x >= low && x <= high) {
      int k = 0;
      while (k < bins - 1 && !(edge(k) <= x && x < edge(k + 1))) ++k;
      slot = static_cast<std::size_t>(k);
    }
    ++wanted[slot];
  }
  return wanted;
}

template <class T>
void checkHistogram(double low, double high, int bins) {
  const Setup setup{"histogram_reduce", {low, high, static_cast<double>(bins)}, 3, {301, 7, 3}};
  const auto in = inputFor<T>(setup, [&](const Index& i) {
    if (i[0] % 4 == 1) return randomValue<T>();
    const volatile double along =
        static_cast<double>(randomBits()() % static_cast<unsigned>(bins + 1)) * ((high - low) / bins);
    return i[0] % 4 == 2 ? static_cast<T>(along + low) : moderateValue<T>();
  });
  CHECK(reduced(setup, in, 13) == binned(voxelsOf(in), low, high, bins));
}

TEST(histogram_reduce_puts_voxels_between_edges) {
  for (const int bins : {1, 7, 64, 1024, 3000}) {
    checkHistogram<float>(-1000, 1000, bins);
    checkHistogram<double>(-1000, 1000, bins);
    checkHistogram<float>(0.1, 92.7, bins);
    checkHistogram<double>(0.1, 92.7, bins);
  }
}

TEST(histogram_reduce_of_an_empty_width_fills_the_last_bin) {
  const Setup setup{"histogram_reduce", {3, 3, 4}, 1, {40}};
  const auto in = inputFor<float>(setup, [](const Index& i) { return i[0] < 30 ? 3.0f : 4.0f; });
  const auto got = reduced(setup, in, 7);
  CHECK_EQUAL(got[0] + got[1] + got[2] + got[3], 30);
  CHECK_EQUAL(got[5], 10);
}

template <class T>
std::uint64_t orderOf(T x) {
  using U = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  if constexpr (std::is_unsigned_v<T>) return x;
  constexpr U sign = U{1} << (8 * sizeof(T) - 1);
  U bits;
  std::memcpy(&bits, &x, sizeof x);
  if constexpr (std::is_floating_point_v<T>) {
    if (x != x) return sizeof(T) == 4 ? 0xffc00000u : 0xfff8000000000000u;
    return bits & sign ? static_cast<U>(~bits) : bits | sign;
  }
  return bits ^ sign;
}

template <class T>
void checkDigits(int shift) {
  const int bits = 8 * sizeof(T);
  const auto few = [](const Index&) {
    return randomBits()() % 3 ? randomValue<T>() : static_cast<T>(randomBits()() % 5000);
  };
  Setup setup{"digit_histogram_reduce", {static_cast<double>(shift), 3, 0}, 2, {401, 5}};
  const auto in = inputFor<T>(setup, few);
  std::vector<std::uint64_t> prefixes;
  const auto voxels = voxelsOf(in);
  const bool isFirst = shift + 16 == bits;
  for (const std::size_t at : {std::size_t{3}, std::size_t{700}, std::size_t{1500}})
    if (!isFirst) prefixes.push_back(orderOf(voxels[at]) >> shift >> 16);
  std::sort(prefixes.begin(), prefixes.end());
  prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
  setup.numbers = {static_cast<double>(shift), 3, static_cast<double>(prefixes.size())};
  for (const auto prefix : prefixes) setup.numbers.push_back(static_cast<double>(prefix));
  if (isFirst) prefixes.push_back(0);
  std::vector<double> wanted;
  for (const auto prefix : prefixes) {
    std::map<std::uint64_t, double> counts;
    for (const T x : voxels)
      if (isFirst || orderOf(x) >> shift >> 16 == prefix) ++counts[orderOf(x) >> shift & 0xffff];
    wanted.push_back(static_cast<double>(counts.size()));
    for (const auto& [digit, count] : counts)
      wanted.insert(wanted.end(), {static_cast<double>(digit), count});
  }
  CHECK(reduced(setup, in, 13) == wanted);
}

TEST(digit_histogram_reduce_counts_digits_of_the_order_below_prefixes) {
  for (const int shift : {16, 0}) {
    checkDigits<std::uint32_t>(shift);
    checkDigits<std::int32_t>(shift);
    checkDigits<float>(shift);
  }
  for (const int shift : {48, 32, 16, 0}) {
    checkDigits<std::uint64_t>(shift);
    checkDigits<std::int64_t>(shift);
    checkDigits<double>(shift);
  }
}

// The results under a mask are those of the voxels under it, of whole leaves also for floats.
template <class T>
void checkMasked(const Setup& setup, int share) {
  const auto in = inputFor<T>(setup, [](const Index&) { return moderateValue<T>(); });
  auto mask = inputFor<std::uint8_t>(
      setup, [&](const Index&) -> std::uint8_t { return static_cast<int>(randomBits()() % 10) < share; });
  Index first{};
  mask.at(first) = 1;
  std::vector<T> kept;
  in.each(false, [&](const Index& i) {
    if (mask.at(i)) kept.push_back(in.at(i));
  });
  const auto got = reduced(setup, in, 1024, {mask.block(), 1});
  CHECK_EQUAL(got[0], static_cast<double>(kept.size()));
  const Setup alone{setup.kernel, setup.numbers, 1, {static_cast<std::int64_t>(kept.size())}};
  const auto want = reduced(
      alone, inputFor<T>(alone, [&](const Index& i) { return kept[static_cast<std::size_t>(i[0])]; }), 1024);
  if (std::is_integral_v<T> || setup.kernel == "min_max_reduce") CHECK(got == want);
  else
    for (std::size_t i = 0; i < want.size(); ++i)
      CHECK(std::abs(got[i] - want[i]) <= 1e-12 * std::abs(want[i]) + 1e-9);
}

TEST(reductions_see_only_what_lies_under_a_mask) {
  for (const int share : {0, 3, 10})
    for (const auto kernel : {"min_max_reduce", "moments_reduce"}) {
      const std::vector<double> numbers =
          kernel == std::string_view("moments_reduce") ? std::vector<double>{0} : std::vector<double>{};
      checkMasked<std::int16_t>({kernel, numbers, 2, {2051, 3}}, share);
      checkMasked<std::uint32_t>({kernel, numbers, 3, {19, 7, 5}}, share);
      checkMasked<float>({kernel, numbers, 2, {2051, 3}}, share);
      checkMasked<double>({kernel, numbers, 3, {19, 7, 5}}, share);
    }
}

TEST(a_mask_of_ones_changes_no_bit) {
  const Setup setup{"moments_reduce", {0.25}, 2, {2051, 3}};
  const auto in = inputFor<float>(setup, [](const Index&) { return moderateValue<float>(); });
  const auto mask = inputFor<std::uint8_t>(setup, [](const Index&) -> std::uint8_t { return 255; });
  CHECK(reduced(setup, in, 1024, {mask.block(), 1}) == reduced(setup, in, 1024));
}

}  // namespace
}  // namespace voxline::test
