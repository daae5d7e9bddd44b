#include "volume/view.h"

#include <cstdlib>

namespace voxline {

namespace {

// Distance in bytes from the view's first voxel to its lowest and highest; false when they do not fit 64
// bits.
bool reach(const View& view, std::int64_t& low, std::int64_t& high) {
  low = high = 0;
  for (int a = 0; a < view.rank; ++a) {
    std::int64_t across;
    if (__builtin_mul_overflow(view.shape[a] - 1, view.strides[a], &across)) return false;
    std::int64_t& end = across < 0 ? low : high;
    if (__builtin_add_overflow(end, across, &end)) return false;
  }
  return true;
}

bool isEmpty(const View& view) {
  for (int a = 0; a < view.rank; ++a)
    if (view.shape[a] == 0) return true;
  return false;
}

}  // namespace

bool isInside(const View& view) {
  if (view.rank < 0 || view.rank > kMaxRank || !view.memory) return false;
  for (int a = 0; a < view.rank; ++a)
    if (view.shape[a] < 0) return false;
  if (isEmpty(view)) return true;
  std::int64_t low, high, first;
  if (!reach(view, low, high)) return false;
  const auto data = reinterpret_cast<std::intptr_t>(view.data),
             base = reinterpret_cast<std::intptr_t>(view.memory->data());
  if (__builtin_sub_overflow(static_cast<std::int64_t>(data), static_cast<std::int64_t>(base), &first))
    return false;
  if (__builtin_add_overflow(low, first, &low) || __builtin_add_overflow(high, first, &high)) return false;
  const auto voxel = static_cast<std::int64_t>(sizeOf(view.dtype));
  return low >= 0 && !__builtin_add_overflow(high, voxel, &high) &&
         static_cast<std::uint64_t>(high) <= view.memory->bytes();
}

bool isDense(const View& view) {
  std::array<int, kMaxRank> axes{};
  int count = 0;
  for (int a = 0; a < view.rank; ++a)
    if (view.shape[a] > 1) axes[count++] = a;
  std::sort(axes.begin(), axes.begin() + count,
            [&](int a, int b) { return std::abs(view.strides[a]) < std::abs(view.strides[b]); });
  auto expected = static_cast<std::int64_t>(sizeOf(view.dtype));
  for (int k = 0; k < count; ++k) {
    if (std::abs(view.strides[axes[k]]) != expected) return false;
    if (__builtin_mul_overflow(expected, view.shape[axes[k]], &expected)) return false;
  }
  return true;
}

std::byte* lowest(const View& view) {
  std::int64_t low = 0;
  for (int a = 0; a < view.rank; ++a)
    if (view.strides[a] < 0) low += (view.shape[a] - 1) * view.strides[a];
  return view.data + low;
}

}  // namespace voxline
