#pragma once

#include <algorithm>

#include "volume/region.h"

namespace voxline {

// Calls f for boxes of at most that shape that cover a domain, axis 0 fastest.
template <class F>
void eachChunk(const Region& domain, const Index& shape, F&& f) {
  Region chunk = domain;
  for (int a = 0; a < domain.rank; ++a) chunk.shape[a] = std::min(shape[a], domain.shape[a]);
  for (;;) {
    f(chunk);
    int a = 0;
    for (; a < domain.rank; ++a) {
      const std::int64_t end = domain.start[a] + domain.shape[a];
      chunk.start[a] += chunk.shape[a];
      if (chunk.start[a] < end) {
        chunk.shape[a] = std::min(shape[a], end - chunk.start[a]);
        break;
      }
      chunk.start[a] = domain.start[a];
      chunk.shape[a] = std::min(shape[a], domain.shape[a]);
    }
    if (a == domain.rank) return;
  }
}

}  // namespace voxline
