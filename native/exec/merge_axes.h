#pragma once

#include <initializer_list>
#include <span>

#include "volume/region.h"

namespace voxline {

// Joins axes that lie behind one another in all blocks (strides in any one unit), so that short rows become long ones. Changes
// shape and strides in place and returns the new rank.
inline int mergeAxes(int rank, Index& shape, std::span<Index* const> strides) {
  int last = 0;
  for (int a = 1; a < rank; ++a) {
    bool follows = true;
    for (const Index* s : strides) follows = follows && (shape[a] == 1 || (*s)[a] == (*s)[last] * shape[last]);
    if (follows) {
      shape[last] *= shape[a];
      continue;
    }
    ++last;
    shape[last] = shape[a];
    for (Index* s : strides) (*s)[last] = (*s)[a];
  }
  return last + 1;
}

inline int mergeAxes(int rank, Index& shape, std::initializer_list<Index*> strides) {
  return mergeAxes(rank, shape, std::span<Index* const>(strides.begin(), strides.size()));
}

}  // namespace voxline
