#include "volume/voxels.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <type_traits>

#include "volume/copy.h"
#include "volume/lines.h"
#include "volume/loose.h"

namespace voxline {

namespace {

template <std::size_t Bytes>
struct Bits;
template <>
struct Bits<1> {
  using type = std::uint8_t;
};
template <>
struct Bits<2> {
  using type = std::uint16_t;
};
template <>
struct Bits<4> {
  using type = std::uint32_t;
};
template <>
struct Bits<8> {
  using type = std::uint64_t;
};

// Calls f with a zero of the unsigned type as wide as the dtype.
template <class F>
void withBits(DType dtype, F&& f) {
  visit(dtype, [&](auto type) { f(typename Bits<sizeof(typename decltype(type)::type)>::type{}); });
}

std::uint8_t swapped(std::uint8_t v) { return v; }
std::uint16_t swapped(std::uint16_t v) { return static_cast<std::uint16_t>(v << 8 | v >> 8); }
std::uint32_t swapped(std::uint32_t v) { return __builtin_bswap32(v); }
std::uint64_t swapped(std::uint64_t v) { return __builtin_bswap64(v); }

template <class T>
void swapRun(Loose<T>* voxels, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) voxels[k].value = swapped(voxels[k].value);
}

template <class T>
bool isEqual(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return a == b || (a != a && b != b);
  return a == b;
}

template <class T>
bool equalLine(const std::byte* a, const std::byte* b, std::int64_t count, std::int64_t strideA,
               std::int64_t strideB) {
  constexpr std::int64_t size = sizeof(T);
  const bool isRun = strideA == size && strideB == size;
  if (isRun && std::memcmp(a, b, static_cast<std::size_t>(count) * sizeof(T)) == 0) return true;
  if (isRun && !std::is_floating_point_v<T>) return false;
  for (std::int64_t k = 0; k < count; ++k, a += strideA, b += strideB) {
    if (!isEqual<T>(loose<T>(a)->value, loose<T>(b)->value)) return false;
  }
  return true;
}

bool equalLines(const View& a, const View& b) {
  bool equal = true;
  visit(a.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    forEachLine(a, b,
                [&](std::byte* x, std::byte* y, std::int64_t count, std::int64_t strideX,
                    std::int64_t strideY) { equal = equal && equalLine<T>(x, y, count, strideX, strideY); });
  });
  return equal;
}

int fastestAxis(const View& view) {
  int fastest = -1;
  for (int a = 0; a < view.rank; ++a)
    if (view.shape[a] > 1 && (fastest < 0 || std::abs(view.strides[a]) < std::abs(view.strides[fastest])))
      fastest = a;
  return fastest;
}

// Compares views whose fastest axes differ box by box, each box of `b` brought into the order of `a` first.
class BoxComparer {
 public:
  bool equal(const View& a, const View& b) {
    const Region all = a.region();
    if (all.size() > kBoxVoxels) return equalHalves(a, b);
    const View copy = likeInBuffer(a);
    copyDisjoint(b, copy);
    return equalLines(a, copy);
  }

 private:
  static constexpr std::int64_t kBoxVoxels = 16384;

  bool equalHalves(const View& a, const View& b) {
    const int axis =
        static_cast<int>(std::max_element(a.shape.begin(), a.shape.begin() + a.rank) - a.shape.begin());
    Region low = a.region(), high = low;
    low.shape[axis] /= 2;
    high.setAxis(axis, {low.shape[axis], a.shape[axis]});
    return equal(part(a, low), part(b, low)) && equal(part(a, high), part(b, high));
  }

  // Dense, its axes nested as those of `view`.
  View likeInBuffer(const View& view) {
    std::array<int, kMaxRank> axes{};
    for (int a = 0; a < view.rank; ++a) axes[a] = a;
    std::stable_sort(axes.begin(), axes.begin() + view.rank,
                     [&](int a, int b) { return std::abs(view.strides[a]) < std::abs(view.strides[b]); });
    View copy = view;
    auto stride = static_cast<std::int64_t>(sizeOf(view.dtype));
    for (int k = 0; k < view.rank; ++k) {
      copy.strides[axes[k]] = stride;
      stride *= view.shape[axes[k]];
    }
    copy.data = buffer_.get();
    return copy;
  }

  std::unique_ptr<std::byte[]> buffer_{new std::byte[kBoxVoxels * sizeof(double)]};
};

}  // namespace

void fillVoxels(const View& view, std::uint64_t bits) {
  withBits(view.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T value = static_cast<T>(bits);
    forEachLine(view, [&](std::byte* at, std::int64_t count, std::int64_t stride) {
      if (stride == sizeof(T)) {
        fillRun(loose<T>(at), count, value);
        return;
      }
      for (std::int64_t k = 0; k < count; ++k, at += stride) loose<T>(at)->value = value;
    });
  });
}

bool equalVoxels(const View& a, const View& b) {
  if (a.rank != b.rank || a.dtype != b.dtype ||
      !std::equal(a.shape.begin(), a.shape.begin() + a.rank, b.shape.begin()))
    return false;
  if (fastestAxis(a) != fastestAxis(b)) return BoxComparer().equal(a, b);
  return equalLines(a, b);
}

void swapBytes(const View& view) {
  withBits(view.dtype, [&](auto zero) {
    using T = decltype(zero);
    forEachLine(view, [](std::byte* at, std::int64_t count, std::int64_t stride) {
      if (stride == sizeof(T)) {
        swapRun(loose<T>(at), count);
        return;
      }
      for (std::int64_t k = 0; k < count; ++k, at += stride)
        loose<T>(at)->value = swapped(loose<T>(at)->value);
    });
  });
}

}  // namespace voxline
