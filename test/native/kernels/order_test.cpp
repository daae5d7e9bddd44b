#include <algorithm>

#include "support/kernel_box.h"

namespace voxline::test {
namespace {

// Values of T from least to greatest; both zeros and every kind of NaN are told apart or not as filters do.
template <class T>
std::vector<T> ascending() {
  using Limits = std::numeric_limits<T>;
  if constexpr (std::is_integral_v<T>) {
    std::vector<T> values{Limits::min(), T(Limits::min() + 1), T(Limits::max() / 2), T(Limits::max() - 1),
                          Limits::max()};
    if (std::is_signed_v<T>) values.insert(values.begin() + 2, {T(-1), T(0), T(1)});
    return values;
  } else {
    return {-Limits::infinity(),
            Limits::lowest(),
            T(-1),
            -Limits::min(),
            -Limits::denorm_min(),
            T(-0.0),
            T(0),
            Limits::denorm_min(),
            Limits::min(),
            T(1),
            Limits::max(),
            Limits::infinity(),
            Limits::quiet_NaN()};
  }
}

template <class T>
Padded<T> boxOf(const Setup& setup, const std::vector<T>& values) {
  return inputFor<T>(setup,
                     [&](const Index& i) { return values[static_cast<std::size_t>(i[0]) % values.size()]; });
}

template <class T, class Key>
void checkType() {
  const std::vector<T> values = ascending<T>();
  const auto n = static_cast<std::int64_t>(values.size());
  const Setup encode{"order_encode", {}, 1, {3 * n}}, decode{"order_decode", {}, 1, {3 * n}};
  const auto in = boxOf(encode, values);
  for (const Level level : usableLevels()) {
    const auto keys = runAt<T, Key>(level, encode, in);
    for (std::int64_t i = 1; i < n; ++i) CHECK(keys.at({i - 1}) < keys.at({i}));
    auto back = inputFor<Key>(decode, [&](const Index& i) { return keys.at(i); });
    checkLevels<Key, T>(decode, back, [&](const Index& i) { return in.at(i); });
  }
}

TEST(order_encode_is_strictly_monotone_and_order_decode_undoes_it) {
  checkType<std::uint8_t, std::uint8_t>();
  checkType<std::int8_t, std::uint8_t>();
  checkType<std::uint16_t, std::int16_t>();
  checkType<std::int16_t, std::int16_t>();
  checkType<std::uint32_t, std::int32_t>();
  checkType<std::int32_t, std::int32_t>();
  checkType<float, std::int32_t>();
  checkType<std::uint64_t, std::int64_t>();
  checkType<std::int64_t, std::int64_t>();
  checkType<double, std::int64_t>();
}

TEST(order_encode_makes_one_nan_of_all) {
  const Setup setup{"order_encode", {}, 1, {21}};
  const auto in = inputFor<float>(setup, [](const Index& i) {
    const std::uint32_t bits =
        (i[0] % 2 ? 0xff800001u : 0x7f800001u) + static_cast<std::uint32_t>(i[0] * 1000);
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
  });
  checkLevels<float, std::int32_t>(setup, in, [](const Index&) { return 0x7fc00000; });
}

}  // namespace
}  // namespace voxline::test
