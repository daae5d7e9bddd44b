#include "base/stream_copy.h"

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace voxline {

#if defined(__SSE2__)

namespace {

void streamLine(std::byte* to, const std::byte* from) {
  const auto* source = reinterpret_cast<const __m128i*>(from);
  auto* target = reinterpret_cast<__m128i*>(to);
  const __m128i a = _mm_loadu_si128(source), b = _mm_loadu_si128(source + 1);
  const __m128i c = _mm_loadu_si128(source + 2), d = _mm_loadu_si128(source + 3);
  _mm_stream_si128(target, a);
  _mm_stream_si128(target + 1, b);
  _mm_stream_si128(target + 2, c);
  _mm_stream_si128(target + 3, d);
}

}  // namespace

void streamCopy(void* to, const void* from, std::size_t bytes) {
  constexpr std::size_t line = kCacheLine;
  auto* out = static_cast<std::byte*>(to);
  const auto* in = static_cast<const std::byte*>(from);
  const std::size_t head = (line - reinterpret_cast<std::uintptr_t>(out) % line) % line;
  if (bytes < head + line) {
    std::memcpy(out, in, bytes);
    return;
  }
  std::memcpy(out, in, head);
  out += head;
  in += head;
  bytes -= head;
  for (; bytes >= line; bytes -= line, out += line, in += line) streamLine(out, in);
  std::memcpy(out, in, bytes);
}

void streamLines(void* to, std::ptrdiff_t stride, const void* from, std::int64_t count) {
  auto* out = static_cast<std::byte*>(to);
  const auto* in = static_cast<const std::byte*>(from);
  for (std::int64_t k = 0; k < count; ++k, out += stride, in += kCacheLine) streamLine(out, in);
}

void streamFence() { _mm_sfence(); }

#else

void streamCopy(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }

void streamLines(void* to, std::ptrdiff_t stride, const void* from, std::int64_t count) {
  auto* out = static_cast<std::byte*>(to);
  const auto* in = static_cast<const std::byte*>(from);
  for (std::int64_t k = 0; k < count; ++k, out += stride, in += kCacheLine) std::memcpy(out, in, kCacheLine);
}

void streamFence() {}

#endif

}  // namespace voxline
