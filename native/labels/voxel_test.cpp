#include "labels/voxel_test.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

namespace voxline {
namespace {

template <class T>
struct NonZero {
  bool operator()(T x) const { return (x > 0) | (x < 0); }
};

// Floats of either size are compared as float64, which holds them all.
template <class T>
struct Within {
  using Limit = std::conditional_t<std::is_floating_point_v<T>, double, T>;
  Limit low, high;
  bool operator()(T x) const { return (x >= low) & (x <= high); }
};

struct Never {
  template <class T>
  bool operator()(T) const {
    return false;
  }
};

// Eight bytes of 0 or 1 as eight bits, the first lowest: byte i is moved to bit 56 + i.
std::uint64_t gather(const std::uint8_t* flags) {
  std::uint64_t bytes;
  std::memcpy(&bytes, flags, 8);
  return bytes * 0x0102040810204080u >> 56;
}

std::uint64_t wordOf(const std::uint8_t* flags) {
  std::uint64_t word = 0;
  for (int k = 0; k < 8; ++k) word |= gather(flags + 8 * k) << 8 * k;
  return word;
}

template <class T, class Test>
void testAll(const Test& test, bool isInverted, const T* row, std::int64_t length, std::uint64_t* bits) {
  const std::uint64_t flip = isInverted ? ~std::uint64_t{0} : 0;
  std::uint8_t flags[64];
  std::int64_t x = 0;
  for (; x + 64 <= length; x += 64) {
    for (int i = 0; i < 64; ++i) flags[i] = test(row[x + i]);
    *bits++ = wordOf(flags) ^ flip;
  }
  if (x == length) return;
  std::memset(flags, 0, sizeof flags);
  for (std::int64_t i = 0; i < length - x; ++i) flags[i] = test(row[x + i]);
  *bits = (wordOf(flags) ^ flip) & ((std::uint64_t{1} << (length - x)) - 1);
}

template <class T>
void testWithin(const VoxelTest& test, const T* row, std::int64_t length, std::uint64_t* bits) {
  if constexpr (std::is_floating_point_v<T>) {
    Within<T> within{};
    std::memcpy(&within.low, &test.low, 8);
    std::memcpy(&within.high, &test.high, 8);
    testAll(within, test.isInverted, row, length, bits);
  } else {
    using Wide = std::conditional_t<std::is_same_v<T, std::uint64_t>, std::uint64_t, std::int64_t>;
    using Limits = std::numeric_limits<T>;
    const Wide low = std::max<Wide>(static_cast<Wide>(test.low), Limits::min());
    const Wide high = std::min<Wide>(static_cast<Wide>(test.high), Limits::max());
    if (low > high) return testAll(Never{}, test.isInverted, row, length, bits);
    testAll(Within<T>{static_cast<T>(low), static_cast<T>(high)}, test.isInverted, row, length, bits);
  }
}

}  // namespace

void testRow(const VoxelTest& test, DType dtype, const std::byte* row, std::int64_t length, std::uint64_t* bits) {
  visit(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const auto* voxels = reinterpret_cast<const T*>(row);
    if (test.kind == VoxelTest::Kind::Within) return testWithin(test, voxels, length, bits);
    testAll(NonZero<T>{}, test.isInverted, voxels, length, bits);
  });
}

}  // namespace voxline
