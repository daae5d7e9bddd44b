// Included by kernel files after begin_kernel.h, in its namespaces. Voxels of placed views, at any stride and address.

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
