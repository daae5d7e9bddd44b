// Included by kernel files after begin_kernel.h, in its namespaces. Voxels of placed views, at any stride and address.
#pragma once

// A voxel type at any address, whatever is stored there elsewhere.
template <class T>
struct LooseOf {
  typedef T type __attribute__((aligned(1), may_alias));
};
template <class T>
using Loose = typename LooseOf<T>::type;

template <class T>
inline T get(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
template <class T>
inline void put(std::byte* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

// Where a voxel lies, given by its index in the volume.
inline std::byte* addressOf(const Placed& p, const Index& index) {
  std::byte* at = static_cast<std::byte*>(p.data);
  for (int a = 0; a < p.rank; ++a) at += (index[a] - p.start[a]) * p.strides[a];
  return at;
}

// f(index of the first voxel) for every line of a region along one axis; the others run from axis 0 outwards.
template <class F>
inline void eachLine(const Region& region, int along, F f) {
  Index at = region.start;
  for (;;) {
    f(at);
    int a = 0;
    for (; a < region.rank; ++a) {
      if (a == along) continue;
      if (++at[a] < region.start[a] + region.shape[a]) break;
      at[a] = region.start[a];
    }
    if (a == region.rank) return;
  }
}

// A line in memory of its own and back.
template <class T>
inline void readLine(const std::byte* from, std::ptrdiff_t stride, T* to, std::int64_t n) {
  if (stride == sizeof(T)) {
    std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(T));
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) to[i] = get<T>(from + i * stride);
}
template <class T>
inline void writeLine(const T* from, std::byte* to, std::ptrdiff_t stride, std::int64_t n) {
  if (stride == sizeof(T)) {
    std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(T));
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) put<T>(to + i * stride, from[i]);
}

// Pieces of a kernel's scratch, one after another, each aligned to 64.
class LocalMemory {
 public:
  explicit LocalMemory(std::byte* begin) : next_(begin) {}
  template <class T>
  T* take(std::int64_t count) {
    T* piece = reinterpret_cast<T*>(next_);
    next_ += bytesOf<T>(count);
    return piece;
  }
  template <class T>
  static constexpr std::ptrdiff_t bytesOf(std::int64_t count) {
    return (count * static_cast<std::ptrdiff_t>(sizeof(T)) + 63) / 64 * 64;
  }

 private:
  std::byte* next_;
};

// Lines along an axis, side by side.
inline constexpr std::int64_t kLines = 64;

struct Lines {
  const std::byte* from;
  std::int64_t count;
  std::int64_t length;
  std::ptrdiff_t across;  // from line to line
  std::ptrdiff_t step;    // from voxel to voxel of a line
};

// The input holds whole lines for every voxel of an output that has length 1 along them.
inline std::string_view checkLines(const RegionCall& call) {
  const Placed &in = call.in[0], &out = call.out[0];
  if (in.rank != out.rank) return "ranks differ";
  if (call.axis < 0) return "an axis must be given";
  for (int a = 0; a < out.rank; ++a) {
    if (a == call.axis && (out.extent[a] != 1 || in.shape[a] != in.extent[a])) return "lines must be whole";
    if (a != call.axis &&
        (in.start[a] > out.start[a] || in.start[a] + in.shape[a] < out.start[a] + out.shape[a]))
      return "the input lacks voxels";
  }
  return {};
}

// f(lines, where their results go, stride there) for the whole part.
template <class F>
inline void eachBundle(const RegionCall& call, F f) {
  const Placed &in = call.in[0], &out = call.out[0];
  const auto magnitude = [&](int a) { return in.strides[a] < 0 ? -in.strides[a] : in.strides[a]; };
  int across = -1;
  for (int a = 0; a < in.rank; ++a)
    if (a != call.axis && call.part.shape[a] > 1 && (across < 0 || magnitude(a) < magnitude(across)))
      across = a;
  const Interval side = across < 0 ? Interval{0, 1} : call.part.axis(across);
  eachLine(call.part, across < 0 ? call.axis : across, [&](Index at) {
    for (std::int64_t l = side.begin; l < side.end; l += kLines) {
      if (across >= 0) at[across] = l;
      const std::ptrdiff_t step = across < 0 ? 0 : in.strides[across];
      const Lines lines{addressOf(in, at), std::min(kLines, side.end - l), in.shape[call.axis], step,
                        in.strides[call.axis]};
      f(lines, addressOf(out, at), across < 0 ? 0 : out.strides[across]);
    }
  });
}
