#pragma once

#include <cstdint>

#include "base/error.h"

namespace voxline {

// Sizes and offsets are 64-bit and pass through these: a product or sum that does not fit is an error, never a small number.
inline std::int64_t checkedMul(std::int64_t a, std::int64_t b) {
  std::int64_t result;
  if (__builtin_mul_overflow(a, b, &result)) throw invalidArgument("a size exceeds 64 bits");
  return result;
}

inline std::int64_t checkedAdd(std::int64_t a, std::int64_t b) {
  std::int64_t result;
  if (__builtin_add_overflow(a, b, &result)) throw invalidArgument("a size exceeds 64 bits");
  return result;
}

constexpr std::int64_t roundUp(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Quotients rounded towards minus infinity, also for negative numerators.
constexpr std::int64_t floorDiv(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }
constexpr std::int64_t floorMod(std::int64_t a, std::int64_t b) { return a - floorDiv(a, b) * b; }

}  // namespace voxline
