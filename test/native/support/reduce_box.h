#pragma once

#include <algorithm>

#include "support/kernel_box.h"

namespace voxline::test {

// A second volume, and the length of the records that results come in, in no order (0: there is an order).
struct Further {
  Block block;
  std::size_t bytes = 0;
  std::size_t record = 0;
};

inline std::vector<double> inOrder(const std::vector<double>& values, std::size_t record) {
  if (record == 0) return values;
  std::vector<std::vector<double>> records;
  for (auto at = values.begin(); at != values.end(); at += static_cast<std::ptrdiff_t>(record))
    records.emplace_back(at, at + static_cast<std::ptrdiff_t>(record));
  std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return a[0] < b[0]; });
  std::vector<double> sorted;
  for (const auto& one : records) sorted.insert(sorted.end(), one.begin(), one.end());
  return sorted;
}

// Results of a reduction over the whole, which must be the same for every level, cut at multiples of `width` and order of merging.
template <class In>
std::vector<double> reduced(const Setup& setup, const Padded<In>& in, std::int64_t width,
                            const Further& further = {}) {
  const auto at = [&](Level level, const std::vector<Region>& regions) {
    return inOrder(reduceAt(level, setup, in, regions, further.block, further.bytes), further.record);
  };
  const std::vector<double> first = at(usableLevels().front(), {wholeOf(setup)});
  std::vector<Region> pieces = piecesOf(setup, width);
  for (const Level level : usableLevels()) {
    const auto same = [&](const std::vector<Region>& regions) {
      const std::vector<double> again = at(level, regions);
      CHECK_EQUAL(again.size(), first.size());
      for (std::size_t i = 0; i < first.size(); ++i) CHECK(sameBits(again[i], first[i]));
    };
    same({wholeOf(setup)});
    same(pieces);
    std::reverse(pieces.begin(), pieces.end());
    same(pieces);
  }
  return first;
}

template <class T>
std::vector<T> voxelsOf(const Padded<T>& in) {
  std::vector<T> voxels;
  in.each(false, [&](const Index& index) { voxels.push_back(in.at(index)); });
  return voxels;
}

// A signed integer of words of 32 bits, the highest first.
inline __int128 integerOf(const std::vector<double>& words, std::size_t at, int count) {
  unsigned __int128 value = 0;
  for (int i = 0; i < count; ++i) {
    const auto word = static_cast<std::int64_t>(words[at + static_cast<std::size_t>(i)]);
    value = value << 32 | static_cast<std::uint32_t>(word);
  }
  return static_cast<__int128>(value);
}

}  // namespace voxline::test
