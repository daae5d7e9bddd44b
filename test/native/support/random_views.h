#pragma once

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include "volume/view.h"

namespace voxline::test {

inline int draw(std::mt19937& random, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random);
}

// A view of the shape in memory of its own: axes in random order and direction, with gaps now and then.
inline View randomView(std::mt19937& random, DType dtype, int rank, const Index& shape) {
  View view{nullptr, nullptr, dtype, rank, shape, {}};
  std::vector<int> axes(static_cast<std::size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  std::shuffle(axes.begin(), axes.end(), random);
  auto stride = static_cast<std::int64_t>(sizeOf(dtype));
  std::int64_t first = 0;
  for (const int a : axes) {
    if (draw(random, 0, 5) == 0) stride *= 2;
    const bool reversed = draw(random, 0, 1);
    view.strides[a] = reversed ? -stride : stride;
    if (reversed) first += stride * (shape[a] - 1);
    stride *= shape[a];
    if (draw(random, 0, 5) == 0) stride += static_cast<std::int64_t>(sizeOf(dtype)) * 3;
  }
  view.memory = allocate(static_cast<std::size_t>(stride), Fill::Zero);
  view.data = view.memory->data() + first;
  return view;
}

// Calls f with every index of a shape, axis 0 fastest.
template <class F>
void forEachIndex(int rank, const Index& shape, F&& f) {
  std::int64_t count = 1;
  for (int a = 0; a < rank; ++a) count *= shape[a];
  Index at{};
  for (std::int64_t k = 0; k < count; ++k) {
    f(at);
    for (int a = 0; a < rank && ++at[a] == shape[a]; ++a) at[a] = 0;
  }
}

inline std::uint64_t bitsAt(const View& view, const Index& at) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, view.at(at), sizeOf(view.dtype));
  return bits;
}

// Small whole numbers that differ from voxel to voxel: equal in every dtype when they are equal as bits.
inline void number(const View& view, int step = 1) {
  int value = 0;
  forEachIndex(view.rank, view.shape, [&](const Index& at) {
    value = (value + step) % 113;
    visit(view.dtype, [&](auto type) {
      const auto voxel = static_cast<typename decltype(type)::type>(value);
      std::memcpy(view.at(at), &voxel, sizeof(voxel));
    });
  });
}

}  // namespace voxline::test
