#pragma once

#include <cstddef>
#include <cstdint>

#include "exec/pass_context.h"

namespace voxline {

// Brings rows that will be loaded soon into the second-level cache, a few at a time, while something else is computed.
class RowPrefetch {
 public:
  RowPrefetch() = default;

  // Rows of a region along axis 0; those of further axes than the third are left out.
  RowPrefetch(const Staged& source, const Region& region) {
    if (region.size() <= 0 || source.view.strides[0] != static_cast<std::int64_t>(sizeOf(source.view.dtype))) return;
    first_ = source.view.data;
    for (int a = 0; a < region.rank; ++a) first_ += (region.start[a] - source.first[a]) * source.view.strides[a];
    rowBytes_ = region.shape[0] * source.view.strides[0];
    rows_ = region.rank > 1 ? region.shape[1] : 1;
    total_ = rows_ * (region.rank > 2 ? region.shape[2] : 1);
    rowStride_ = source.view.strides[1];
    planeStride_ = source.view.strides[2];
  }

  // The next rows: `part` of `whole` of all of them, rounded up.
  void advance(std::int64_t part, std::int64_t whole) {
    constexpr std::int64_t line = 64;
    for (std::int64_t rows = total_ * part / whole + 1; rows > 0 && next_ < total_; --rows, ++next_) {
      const std::byte* row = first_ + next_ % rows_ * rowStride_ + next_ / rows_ * planeStride_;
      for (std::int64_t byte = 0; byte < rowBytes_; byte += line) __builtin_prefetch(row + byte, 0, 2);
    }
  }

 private:
  const std::byte* first_ = nullptr;
  std::int64_t rowBytes_ = 0;
  std::int64_t rows_ = 1;
  std::int64_t total_ = 0;
  std::int64_t rowStride_ = 0;
  std::int64_t planeStride_ = 0;
  std::int64_t next_ = 0;
};

}  // namespace voxline
