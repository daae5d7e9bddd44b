#include "volume/border.h"

#include <random>
#include <string>
#include <vector>

#include "support/check.h"

using namespace voxline;

namespace {

constexpr Border kBorders[] = {Border::Edge, Border::Constant, Border::Symmetric, Border::Reflect,
                               Border::Wrap};

// The letters of `abcd` at positions -n … -1 and 4 … 3 + n.
std::string around(Border border, const std::string& word, int n) {
  const auto length = static_cast<std::int64_t>(word.size());
  std::string text;
  for (std::int64_t i = -n; i < length + n; ++i) {
    const std::int64_t source = borderIndex(i, length, border);
    text += source < 0 ? '.' : word[static_cast<std::size_t>(source)];
  }
  return text;
}

struct Box {
  Region region;
  Index strides{};
  std::vector<std::byte> bytes;
  std::byte* voxel0 = nullptr;

  Box(const Region& r, std::int64_t elementBytes, std::int64_t pad) : region(r) {
    std::int64_t stride = elementBytes;
    for (int a = 0; a < r.rank; ++a) {
      strides[a] = stride;
      stride *= r.shape[a] + pad;
    }
    bytes.assign(static_cast<std::size_t>(stride), std::byte{0xee});
    voxel0 = bytes.data();
    for (int a = 0; a < r.rank; ++a) voxel0 -= r.start[a] * strides[a];
  }
};

template <class F>
void forEachIndex(const Region& region, F&& f) {
  Index at = region.start;
  for (std::int64_t k = 0; k < region.size(); ++k) {
    f(at);
    for (int a = 0; a < region.rank && ++at[a] == region.start[a] + region.shape[a]; ++a)
      at[a] = region.start[a];
  }
}

template <class T>
T valueAt(const Index& at, int rank) {
  std::uint64_t h = 7;
  for (int a = 0; a < rank; ++a) h = h * 1000003 + static_cast<std::uint64_t>(at[a] + 11);
  return static_cast<T>(h ^ (h >> 13));
}

template <class T>
T expectedAt(const Index& at, const Index& extent, int rank, Border border, T constant) {
  Index source{};
  for (int a = 0; a < rank; ++a) {
    source[a] = borderIndex(at[a], extent[a], border);
    if (source[a] < 0) return constant;
  }
  return valueAt<T>(source, rank);
}

// `valid` is what must hold data so that every position of `box` can be filled.
Region needed(const Region& box, const Index& extent, Border border) {
  Region valid = box;
  for (int a = 0; a < box.rank; ++a) {
    Interval range = clip(box.axis(a), {0, extent[a]});
    if (range.length() == 0) range = {extent[a], 0};
    for (std::int64_t i = box.axis(a).begin; i < box.axis(a).end; ++i) {
      const std::int64_t source = borderIndex(i, extent[a], border);
      if (source >= 0) range = hull(range, {source, source + 1});
    }
    if (range.length() < 0) range = {0, 0};
    valid.setAxis(a, range);
  }
  return valid;
}

template <class T>
void compare(const Region& box, const Index& extent, Border border, std::int64_t pad) {
  const int rank = box.rank;
  const Region valid = needed(box, extent, border);
  Region all = box;
  for (int a = 0; a < rank; ++a)
    if (valid.shape[a] > 0) all.setAxis(a, hull(valid.axis(a), box.axis(a)));
  Box scratch(all, sizeof(T), pad);
  const auto at = [&](const Index& index) {
    std::byte* p = scratch.voxel0;
    for (int a = 0; a < rank; ++a) p += index[a] * scratch.strides[a];
    return reinterpret_cast<T*>(p);
  };
  if (valid.size() > 0) forEachIndex(valid, [&](const Index& i) { *at(i) = valueAt<T>(i, rank); });
  const T constant = static_cast<T>(0x0123456789abcdefULL);
  fillBorder({scratch.voxel0, sizeof(T), rank, scratch.strides}, valid, box, extent, border,
             0x0123456789abcdefULL);
  forEachIndex(
      box, [&](const Index& i) { CHECK_EQUAL(+*at(i), +expectedAt<T>(i, extent, rank, border, constant)); });
}

}  // namespace

TEST(border_modes_continue_abcd_as_numpy_pads_it) {
  CHECK_EQUAL(around(Border::Edge, "abcd", 5), "aaaaaabcdddddd");
  CHECK_EQUAL(around(Border::Symmetric, "abcd", 5), "ddcbaabcddcbaa");
  CHECK_EQUAL(around(Border::Reflect, "abcd", 5), "bcdcbabcdcbabc");
  CHECK_EQUAL(around(Border::Wrap, "abcd", 5), "dabcdabcdabcda");
  CHECK_EQUAL(around(Border::Constant, "abcd", 2), "..abcd..");
}

TEST(border_indices_repeat_over_many_periods) {
  CHECK_EQUAL(around(Border::Reflect, "a", 3), "aaaaaaa");
  CHECK_EQUAL(around(Border::Reflect, "ab", 4), "ababababab");
  CHECK_EQUAL(borderIndex(-1'000'001, 4, Border::Wrap), 3);
  CHECK_EQUAL(borderIndex(1'000'000'007, 5, Border::Symmetric), 2);
  CHECK_EQUAL(borderIndex(-8'000'003, 5, Border::Reflect), 3);
}

TEST(borders_equal_their_definition_in_one_to_four_dimensions) {
  std::mt19937 random(5);
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int round = 0; round < 300; ++round) {
    Region box;
    box.rank = draw(1, 4);
    Index extent{};
    for (int a = 0; a < box.rank; ++a) {
      extent[a] = draw(1, 6);
      const int begin = draw(-7, static_cast<int>(extent[a]) - 1);
      box.setAxis(a, {begin, draw(begin + 1, static_cast<int>(extent[a]) + 7)});
    }
    for (const Border border : kBorders) {
      compare<std::uint8_t>(box, extent, border, 0);
      compare<std::uint16_t>(box, extent, border, 3);
      compare<std::uint32_t>(box, extent, border, 1);
      compare<std::uint64_t>(box, extent, border, 0);
    }
  }
}

TEST(a_long_halo_is_filled_beyond_one_batch) {
  Region box;
  box.rank = 2;
  box.setAxis(0, {-200, 205});
  box.setAxis(1, {-150, 3});
  for (const Border border : kBorders) compare<std::uint16_t>(box, {7, 5}, border, 0);
}

TEST(positions_outside_the_box_are_left_alone) {
  Region all{2, {-3, -3}, {11, 9}}, box{2, {-2, -1}, {8, 5}}, valid{2, {0, 0}, {5, 3}};
  Box scratch(all, 1, 0);
  fillBorder({scratch.voxel0, 1, 2, scratch.strides}, valid, box, {5, 3}, Border::Constant, 1);
  forEachIndex(all, [&](const Index& i) {
    const bool inBox = i[0] >= -2 && i[0] < 6 && i[1] >= -1 && i[1] < 4;
    const bool inVolume = i[0] >= 0 && i[0] < 5 && i[1] >= 0 && i[1] < 3;
    CHECK_EQUAL(int(scratch.voxel0[i[0] + i[1] * scratch.strides[1]]), inBox && !inVolume ? 1 : 0xee);
  });
}
