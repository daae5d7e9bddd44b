#include "base/reverse_copy.h"

#include <cstring>
#include <utility>

namespace voxline {
namespace {

// Moving voxels gives the same bytes at any width, so this needs no instruction-set level; it takes what the processor has.
template <class T, int Bytes>
struct Reversal {
  typedef T Lanes __attribute__((vector_size(Bytes)));
  static constexpr int kLanes = Bytes / static_cast<int>(sizeof(T));

  template <int... I>
  [[gnu::always_inline]] static void move(const T* from, T* to, std::integer_sequence<int, I...>) {
    Lanes v;
    std::memcpy(&v, from, Bytes);
    v = __builtin_shufflevector(v, v, (kLanes - 1 - I)...);
    std::memcpy(to, &v, Bytes);
  }

  [[gnu::always_inline]] static void row(const T* from, T* to, std::int64_t n) {
    if (n < kLanes) {
      for (std::int64_t i = 0; i < n; ++i) to[n - 1 - i] = from[i];
      return;
    }
    constexpr std::make_integer_sequence<int, kLanes> lanes{};
    for (std::int64_t i = 0; i + kLanes <= n; i += kLanes) move(from + i, to + n - i - kLanes, lanes);
    move(from + n - kLanes, to, lanes);
  }
};

template <int Bytes>
[[gnu::always_inline]] inline void reverseRow(void* to, const void* from, std::int64_t n, std::size_t elementBytes) {
  const auto rowOf = [&]<class T>(T) { Reversal<T, Bytes>::row(static_cast<const T*>(from), static_cast<T*>(to), n); };
  if (elementBytes == 1) return rowOf(std::uint8_t{});
  if (elementBytes == 2) return rowOf(std::uint16_t{});
  if (elementBytes == 4) return rowOf(std::uint32_t{});
  rowOf(std::uint64_t{});
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) void reverseWide(void* to, const void* from, std::int64_t n, std::size_t elementBytes) {
  reverseRow<32>(to, from, n, elementBytes);
}

bool hasWide() {
  static const bool has = __builtin_cpu_supports("avx2");
  return has;
}

#endif

}  // namespace

void reverseCopy(void* to, const void* from, std::int64_t count, std::size_t elementBytes) {
#if defined(__x86_64__)
  if (hasWide()) return reverseWide(to, from, count, elementBytes);
#endif
  reverseRow<16>(to, from, count, elementBytes);
}

}  // namespace voxline
