// Lanes of the level being compiled. Everything here has internal linkage: a shared copy could be one the
// machine cannot run.

#if defined(__AVX512BW__) && defined(__AVX512VL__)
#define VOXLINE_VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VOXLINE_VECTOR_BYTES 32
#else
#define VOXLINE_VECTOR_BYTES 16
#endif

namespace voxline {
namespace {

template <class T>
struct VectorOf {
  typedef T type __attribute__((vector_size(VOXLINE_VECTOR_BYTES)));
  typedef T unaligned __attribute__((vector_size(VOXLINE_VECTOR_BYTES), aligned(alignof(T)), may_alias));
};

// One lane per line (or voxel); arithmetic is per lane.
template <class T>
using Vector = typename VectorOf<T>::type;

template <class T>
inline constexpr int kLanes = VOXLINE_VECTOR_BYTES / static_cast<int>(sizeof(T));

template <class T>
inline Vector<T> load(const T* p) {
  return *reinterpret_cast<const typename VectorOf<T>::unaligned*>(p);
}
// As many voxels as T has lanes, as T; short integers by way of 32 bits, which compilers turn into two instructions.
template <class T, class In>
inline Vector<T> loadAs(const In* p) {
  if constexpr (std::is_same_v<In, T>) {
    return load(p);
  } else {
    typedef In Voxels __attribute__((vector_size(sizeof(In) * kLanes<T>), aligned(alignof(In)), may_alias));
    const Voxels voxels = *reinterpret_cast<const Voxels*>(p);
    if constexpr (std::is_same_v<T, float> && sizeof(In) < sizeof(T)) {
      return __builtin_convertvector(__builtin_convertvector(voxels, Vector<std::int32_t>), Vector<T>);
    } else {
      return __builtin_convertvector(voxels, Vector<T>);
    }
  }
}
template <class T>
inline void store(T* p, Vector<T> v) {
  *reinterpret_cast<typename VectorOf<T>::unaligned*>(p) = v;
}
template <class T>
inline Vector<T> splat(T value) {
  return value - Vector<T>{};  // keeps the sign of a zero
}

// NaN of any sign and payload becomes the positive quiet NaN: which of two a sum passes on is the compiler's choice.
template <class T>
inline Vector<T> withQuietNans(Vector<T> x) {
  return x == x ? x : splat(std::numeric_limits<T>::quiet_NaN());
}

// Lanes of a and b by turns: of their lower halves, of their upper halves.
template <class T, int... I>
inline Vector<T> zipLow(Vector<T> a, Vector<T> b, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(a, b, (I / 2 + I % 2 * kLanes<T>)...);
}
template <class T, int... I>
inline Vector<T> zipHigh(Vector<T> a, Vector<T> b, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(a, b, (I / 2 + kLanes<T> / 2 + I % 2 * kLanes<T>)...);
}

// Rows become columns: zipping rows i and i + n/2 moves a bit of the row's number into the lane's, log2(n)
// times.
template <class T>
inline void transpose(Vector<T> (&rows)[kLanes<T>]) {
  constexpr int n = kLanes<T>;
  constexpr std::make_integer_sequence<int, n> order{};
  for (int step = 1; step < n; step *= 2) {
    Vector<T> zipped[n];
    for (int i = 0; i < n / 2; ++i) {
      zipped[2 * i] = zipLow<T>(rows[i], rows[i + n / 2], order);
      zipped[2 * i + 1] = zipHigh<T>(rows[i], rows[i + n / 2], order);
    }
    for (int i = 0; i < n; ++i) rows[i] = zipped[i];
  }
}

// Integer lanes only: for floats the hardware's minimum is not symmetric in NaN.
template <class V>
inline V minimum(V a, V b) {
  return a < b ? a : b;
}
template <class V>
inline V maximum(V a, V b) {
  return a > b ? a : b;
}

}  // namespace
}  // namespace voxline
