// Included by kernel files after begin_kernel.h, in its namespaces: distances along lines to the nearest feature, in voxels, by segments
// of a length that results do not show.
//
// Slot k of the states (two voxels along the axis) holds the distance from the last voxel before segment k back to the nearest feature,
// and that from the first voxel of segment k on to the nearest one; infinite where there is none.
#pragma once

#include "kernels/line_strips.h"

inline constexpr int kFeatureSlot = 2;
inline constexpr std::uint8_t kObjectMark = 1;
inline constexpr std::uint8_t kFeatureMark = 2;

inline std::int64_t featureSegments(std::int64_t extent, std::int64_t segment) { return (extent + segment - 1) / segment; }

inline std::string_view checkFeatureSegment(std::int64_t segment) { return segment >= 1 ? "" : "a segment must be at least 1"; }

template <class T>
inline constexpr T kNever = std::numeric_limits<T>::infinity();

// One more voxel of every line: 0 at a feature, else one farther.
template <class T>
inline void walk(T* distance, const std::uint8_t* marks) {
#pragma GCC ivdep
  for (int l = 0; l < kStripLanes<T>; ++l) distance[l] = marks[l] & kFeatureMark ? T{0} : distance[l] + T{1};
}
