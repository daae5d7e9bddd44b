#include "base/reverse_copy.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/stream_copy.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace voxline {
namespace {

// Moving voxels gives the same bytes at any width, so this needs no instruction-set level; it takes what the processor has.
template <class T, int Bytes>
struct Reversal {
  typedef T Lanes __attribute__((vector_size(Bytes)));
  static constexpr int kLanes = Bytes / static_cast<int>(sizeof(T));

  template <int... I>
  [[gnu::always_inline]] static void load(const T* from, Lanes& v, std::integer_sequence<int, I...>) {
    std::memcpy(&v, from, Bytes);
    v = __builtin_shufflevector(v, v, (kLanes - 1 - I)...);
  }

  [[gnu::always_inline]] static void move(const T* from, T* to) {
    Lanes v;
    load(from, v, std::make_integer_sequence<int, kLanes>{});
    std::memcpy(to, &v, Bytes);
  }

  [[gnu::always_inline]] static void row(const T* from, T* to, std::int64_t n) {
    if (n < kLanes) {
      for (std::int64_t i = 0; i < n; ++i) to[n - 1 - i] = from[i];
      return;
    }
    for (std::int64_t i = 0; i + kLanes <= n; i += kLanes) move(from + i, to + n - i - kLanes);
    move(from + n - kLanes, to);
  }

  // Whole cache lines of the target go past the caches.
  [[gnu::always_inline]] static void streamRow(const T* from, T* to, std::int64_t n) {
    constexpr auto line = static_cast<std::int64_t>(kCacheLine / sizeof(T));
    const auto beyond = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(to + n) % kCacheLine / sizeof(T));
    std::int64_t i = std::min(beyond, n);
    row(from, to + n - i, i);
    for (; i + line <= n; i += line)
      for (std::int64_t k = 0; k < line; k += kLanes) stream(from + i + k, to + n - i - k - kLanes);
    row(from + i, to, n - i);
  }

 private:
  [[gnu::always_inline]] static void stream(const T* from, T* to) {
#if defined(__SSE2__)
    Lanes v;
    load(from, v, std::make_integer_sequence<int, kLanes>{});
    __m128i parts[Bytes / 16];
    std::memcpy(parts, &v, Bytes);
    for (int k = 0; k < Bytes / 16; ++k) _mm_stream_si128(reinterpret_cast<__m128i*>(to) + k, parts[k]);
#else
    move(from, to);
#endif
  }
};

template <int Bytes, bool Streams>
[[gnu::always_inline]] inline void reverseRow(void* to, const void* from, std::int64_t n, std::size_t elementBytes) {
  const auto rowOf = [&]<class T>(T) {
    using Rows = Reversal<T, Bytes>;
    if constexpr (Streams) Rows::streamRow(static_cast<const T*>(from), static_cast<T*>(to), n);
    else Rows::row(static_cast<const T*>(from), static_cast<T*>(to), n);
  };
  if (elementBytes == 1) return rowOf(std::uint8_t{});
  if (elementBytes == 2) return rowOf(std::uint16_t{});
  if (elementBytes == 4) return rowOf(std::uint32_t{});
  rowOf(std::uint64_t{});
}

#if defined(__x86_64__)

template <bool Streams>
__attribute__((target("avx2"))) void reverseWide(void* to, const void* from, std::int64_t n, std::size_t elementBytes) {
  reverseRow<32, Streams>(to, from, n, elementBytes);
}

bool hasWide() {
  static const bool has = __builtin_cpu_supports("avx2");
  return has;
}

#endif

template <bool Streams>
void reverse(void* to, const void* from, std::int64_t count, std::size_t elementBytes) {
#if defined(__x86_64__)
  if (hasWide()) return reverseWide<Streams>(to, from, count, elementBytes);
#endif
  reverseRow<16, Streams>(to, from, count, elementBytes);
}

}  // namespace

void reverseCopy(void* to, const void* from, std::int64_t count, std::size_t elementBytes) {
  reverse<false>(to, from, count, elementBytes);
}

void streamReversed(void* to, const void* from, std::int64_t count, std::size_t elementBytes) {
  reverse<true>(to, from, count, elementBytes);
}

}  // namespace voxline
