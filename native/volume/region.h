#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace voxline {

// Eight axes of a volume and one for the components of a voxel.
inline constexpr int kMaxRank = 9;

using Index = std::array<std::int64_t, kMaxRank>;

struct Interval {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  std::int64_t length() const { return end - begin; }
  bool operator==(const Interval&) const = default;
};

inline Interval clip(Interval a, Interval b) {
  const std::int64_t begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}
inline Interval hull(Interval a, Interval b) { return {std::min(a.begin, b.begin), std::max(a.end, b.end)}; }

// A box of voxels: start and shape per axis. Axes from `rank` on are unused.
struct Region {
  int rank = 0;
  Index start{};
  Index shape{};

  Interval axis(int a) const { return {start[a], start[a] + shape[a]}; }
  void setAxis(int a, Interval i) {
    start[a] = i.begin;
    shape[a] = i.length();
  }
  std::int64_t size() const {
    std::int64_t n = 1;
    for (int a = 0; a < rank; ++a) n *= shape[a];
    return n;
  }
  bool contains(const Region& other) const {
    for (int a = 0; a < rank; ++a)
      if (other.start[a] < start[a] || other.start[a] + other.shape[a] > start[a] + shape[a]) return false;
    return true;
  }
  // What lies in both; of size 0 where nothing does.
  Region sharedWith(const Region& other) const {
    Region shared = *this;
    for (int a = 0; a < rank; ++a) shared.setAxis(a, clip(axis(a), other.axis(a)));
    return shared;
  }
};

}  // namespace voxline
