#include "simd/begin_kernel.h"

#include "kernels/order_keys.h"
#include "kernels/type_lists.h"

// Least and greatest voxel, NaN and infinities apart; -0 is less than +0.
//
// Results of integer dtypes: count, nan (0), then least and greatest as two words each, value = high * 2^32 +
// low, high signed (uint64: unsigned). Results of float dtypes: count of finite voxels, count of NaN, least,
// greatest, count of -Infinity, count of +Infinity. Without a counted voxel least and greatest are NaN, or
// words 0.
struct MinMaxReduce : ReduceKernel {
  static constexpr bool exact = true;
  struct Params {};

  enum class Kind : std::uint32_t { None, Integer, Unsigned64, Float };

  struct State {
    std::uint64_t count = 0;
    std::uint64_t nan = 0;
    std::uint64_t below = 0, above = 0;                             // infinities
    std::int64_t least = std::numeric_limits<std::int64_t>::max();  // in the order of keys
    std::int64_t most = std::numeric_limits<std::int64_t>::min();
    Kind kind = Kind::None;
  };

  static constexpr auto name = "min_max_reduce";
  static constexpr auto fields = fieldsOf();
  static constexpr AllTypes types{};

  template <class T>
  static void add(const Params&, State& state, const T* row, std::int64_t n, std::int64_t) {
    if constexpr (std::is_floating_point_v<T>) {
      state.kind = Kind::Float;
      addFloats(state, row, n);
    } else {
      state.kind = std::is_same_v<T, std::uint64_t> ? Kind::Unsigned64 : Kind::Integer;
      addIntegers(state, row, n);
    }
  }

  static void merge(State& state, const State& other) {
    state.count += other.count;
    state.nan += other.nan;
    state.below += other.below;
    state.above += other.above;
    state.least = other.least < state.least ? other.least : state.least;
    state.most = other.most > state.most ? other.most : state.most;
    if (state.kind == Kind::None) state.kind = other.kind;
  }

  static void result(const State& state, const ResultSink& out) {
    out.add(static_cast<double>(state.count));
    out.add(static_cast<double>(state.nan));
    for (const std::int64_t key : {state.least, state.most}) {
      const bool none = state.count == 0;
      if (state.kind == Kind::Float) {
        out.add(none ? std::numeric_limits<double>::quiet_NaN()
                     : __builtin_bit_cast(double, flipNegative(key)));
      } else {
        const bool isUnsigned = state.kind == Kind::Unsigned64;
        const std::int64_t value = none         ? 0
                                   : isUnsigned ? key ^ std::numeric_limits<std::int64_t>::min()
                                                : key;
        const std::uint32_t high = static_cast<std::uint32_t>(static_cast<std::uint64_t>(value) >> 32);
        out.add(isUnsigned ? static_cast<double>(high)
                           : static_cast<double>(static_cast<std::int32_t>(high)));
        out.add(static_cast<double>(static_cast<std::uint32_t>(value)));
      }
    }
    if (state.kind != Kind::Float) return;
    out.add(static_cast<double>(state.below));
    out.add(static_cast<double>(state.above));
  }

 private:
  template <class T>
  static void addIntegers(State& state, const T* row, std::int64_t n) {
    T least = std::numeric_limits<T>::max(), most = std::numeric_limits<T>::min();
    const std::int64_t whole = n - n % (4 * kLanes<T>);
    Vector<T> low[4], high[4];
    for (int v = 0; v < 4; ++v) low[v] = splat(least), high[v] = splat(most);
    for (std::int64_t i = 0; i < whole; i += 4 * kLanes<T>)
      for (int v = 0; v < 4; ++v) {
        const Vector<T> x = load(row + i + v * kLanes<T>);
        low[v] = minimum(low[v], x);
        high[v] = maximum(high[v], x);
      }
    if (whole) {
      const Vector<T> l = minimum(minimum(low[0], low[1]), minimum(low[2], low[3]));
      const Vector<T> h = maximum(maximum(high[0], high[1]), maximum(high[2], high[3]));
      for (int k = 0; k < kLanes<T>; ++k) least = std::min<T>(least, l[k]), most = std::max<T>(most, h[k]);
    }
    for (std::int64_t i = whole; i < n; ++i) least = std::min(least, row[i]), most = std::max(most, row[i]);
    state.count += static_cast<std::uint64_t>(n);
    state.least = std::min(state.least, wideKey(least));
    state.most = std::max(state.most, wideKey(most));
  }

  template <class T>
  static std::int64_t wideKey(T x) {
    if constexpr (std::is_same_v<T, std::uint64_t>) return keyOf<std::int64_t>(x);
    else return x;
  }

  // Bits of floats as integers: those of positive ones are in order; those of negative ones are greater as unsigned, less as signed
  // integers, and in reverse order.
  template <class T>
  static void addFloats(State& state, const T* row, std::int64_t n) {
    using I = SignedOf<T>;
    using U = std::make_unsigned_t<I>;
    constexpr I infinity = __builtin_bit_cast(I, std::numeric_limits<T>::infinity());
    constexpr U minusInfinity = __builtin_bit_cast(U, -std::numeric_limits<T>::infinity());
    const std::int64_t whole = n - n % (2 * kLanes<T>);
    I least = std::numeric_limits<I>::max(), most = std::numeric_limits<I>::min();
    U farthest = 0;  // below 0, where there is any
    if (whole) {
      Vector<I> low[2], high[2];
      Vector<U> far[2];
      for (int v = 0; v < 2; ++v) low[v] = splat(least), high[v] = splat(most), far[v] = splat(farthest);
      for (std::int64_t i = 0; i < whole; i += 2 * kLanes<T>)
        for (int v = 0; v < 2; ++v) {
          const auto x = load(row + i + v * kLanes<T>);
          low[v] = minimum(low[v], (Vector<I>)x);
          high[v] = maximum(high[v], (Vector<I>)x);
          far[v] = maximum(far[v], (Vector<U>)x);
        }
      const Vector<I> l = minimum(low[0], low[1]), h = maximum(high[0], high[1]);
      const Vector<U> f = maximum(far[0], far[1]);
      for (int k = 0; k < kLanes<T>; ++k) {
        least = std::min<I>(least, l[k]);
        most = std::max<I>(most, h[k]);
        farthest = std::max<U>(farthest, f[k]);
      }
    }
    for (std::int64_t i = whole; i < n; ++i) {
      const I bits = __builtin_bit_cast(I, row[i]);
      least = std::min(least, bits);
      most = std::max(most, bits);
      farthest = std::max(farthest, static_cast<U>(bits));
    }
    if (most >= infinity || farthest >= minusInfinity) return addFinite(state, row, n);
    if (n <= 0) return;
    state.count += static_cast<std::uint64_t>(n);
    state.least = std::min(state.least, wideFloatKey<T>(flipNegative(least < 0 ? static_cast<I>(farthest) : least)));
    state.most = std::max(state.most, wideFloatKey<T>(flipNegative(most < 0 ? least : most)));
  }

  // Among others that are not.
  template <class T>
  static void addFinite(State& state, const T* row, std::int64_t n) {
    using I = SignedOf<T>;
    constexpr I infinity = __builtin_bit_cast(I, std::numeric_limits<T>::infinity());
    I least = std::numeric_limits<I>::max(), most = std::numeric_limits<I>::min();
    std::uint64_t count = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const I bits = __builtin_bit_cast(I, row[i]), key = flipNegative(bits);
      const bool finite = (bits & std::numeric_limits<I>::max()) < infinity;
      least = finite && key < least ? key : least;
      most = finite && key > most ? key : most;
      count += finite;
    }
    countOthers(state, row, n);
    state.count += count;
    if (count == 0) return;
    state.least = std::min(state.least, wideFloatKey<T>(least));
    state.most = std::max(state.most, wideFloatKey<T>(most));
  }

  template <class T>
  static std::int64_t wideFloatKey(SignedOf<T> key) {
    return floatKey(static_cast<double>(__builtin_bit_cast(T, flipNegative(key))));
  }

  template <class T>
  static void countOthers(State& state, const T* row, std::int64_t n) {
    constexpr T infinity = std::numeric_limits<T>::infinity();
    std::uint64_t nan = 0, below = 0, above = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      nan += row[i] != row[i];
      below += row[i] == -infinity;
      above += row[i] == infinity;
    }
    state.nan += nan;
    state.below += below;
    state.above += above;
  }
};

template struct Registered<MinMaxReduce>;
#include "simd/end_kernel.h"
