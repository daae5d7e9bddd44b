#include "simd/begin_kernel.h"

#include "kernels/exact_sum.h"
#include "kernels/type_lists.h"

// Sums of the voxels and of their squares. NaN is skipped and counted.
//
// Results, integers of 128 bits as four words of 32 from the highest down, in two's complement:
//   integers to 32 bits   count, nan (0), sum (4 words), sum of squares (4 words), both exact
//   64-bit integers       count, nan (0), sum (4 words, exact), sum of squared distances from the pilot
//   floats                count, nan, sum, sum of differences from the pilot, sum of their squares
//
// Float sums: rows are cut at multiples of 1024 of the index into leaves; a leaf is summed in float64 in 16
// lanes by index mod 16, which are added in pairs; the leaves are added without rounding. So nothing depends
// on who sums what and when.
struct MomentsReduce : ReduceKernel {
  struct Params {
    double pilot = 0;  // near the mean; its whole part for 64-bit integers
  };

  enum class Kind : std::uint32_t { None, Small, Large, Float };

  // Two's complement.
  struct Wide {
    std::uint64_t low = 0, high = 0;
    void add(std::uint64_t otherLow, std::uint64_t otherHigh) {
      low += otherLow;
      high += otherHigh + (low < otherLow);
    }
    void addSigned(std::int64_t value) {
      add(static_cast<std::uint64_t>(value), value < 0 ? ~std::uint64_t{0} : 0);
    }
    // value * 2^32
    void addShifted(std::int64_t value) {
      add(static_cast<std::uint64_t>(value) << 32, static_cast<std::uint64_t>(value >> 32));
    }
  };

  struct State {
    std::uint64_t count = 0;
    std::uint64_t nan = 0;
    Wide sum, squares;
    ExactSum floatSum, difference, distance;
    Kind kind = Kind::None;
  };

  static constexpr auto name = "moments_reduce";
  static constexpr auto fields = fieldsOf(field("pilot", &Params::pilot));
  static constexpr AllTypes types{};
  static constexpr bool exact = true;
  // Sums of small integers are exact however rows are cut.
  static constexpr bool ordered(DType in) {
    return sizeOf(in) == 8 || in == DType::Float32;
  }

  template <class T>
  static void add(const Params& p, State& state, const T* row, std::int64_t n, std::int64_t index) {
    if constexpr (std::is_floating_point_v<T>) state.kind = Kind::Float;
    else state.kind = sizeof(T) == 8 ? Kind::Large : Kind::Small;
    for (std::int64_t i = 0; i < n;) {
      const std::int64_t start = index + i, room = kLeaf - ((start % kLeaf) + kLeaf) % kLeaf;
      const std::int64_t some = std::min(n - i, room);
      if constexpr (std::is_floating_point_v<T>) addFloats(p.pilot, state, row + i, some, start);
      else if constexpr (sizeof(T) == 8) addLarge(p.pilot, state, row + i, some, start);
      else addSmall(state, row + i, some);
      i += some;
    }
  }

  static void merge(State& state, const State& other) {
    state.count += other.count;
    state.nan += other.nan;
    state.sum.add(other.sum.low, other.sum.high);
    state.squares.add(other.squares.low, other.squares.high);
    state.floatSum.add(other.floatSum);
    state.difference.add(other.difference);
    state.distance.add(other.distance);
    if (state.kind == Kind::None) state.kind = other.kind;
  }

  static void result(const State& state, const ResultSink& out) {
    out.add(static_cast<double>(state.count));
    out.add(static_cast<double>(state.nan));
    if (state.kind == Kind::Float) {
      for (const ExactSum* sum : {&state.floatSum, &state.difference, &state.distance}) out.add(sum->value());
      return;
    }
    addWords(state.sum, out);
    if (state.kind == Kind::Large) out.add(state.distance.value());
    else addWords(state.squares, out);
  }

 private:
  static constexpr int kVirtualLanes = 16;

  static void addWords(const Wide& wide, const ResultSink& out) {
    for (const std::uint64_t half : {wide.high, wide.low}) {
      out.add(static_cast<double>(half >> 32));
      out.add(static_cast<double>(half & 0xffffffff));
    }
  }

  // Of 32 bits, at most a leaf of them: halves of squares are added apart, so that 1024 of them fit.
  template <class T>
    requires(sizeof(T) == 4)
  static void addSmall(State& state, const T* row, std::int64_t n) {
    std::int64_t sum = 0;
    std::uint64_t low = 0, high = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const std::uint32_t x = static_cast<std::uint32_t>(row[i]), size = row[i] < 0 ? 0 - x : x;
      const std::uint64_t square = std::uint64_t{size} * size;
      sum += row[i];
      low += square & 0xffffffff;
      high += square >> 32;
    }
    state.count += static_cast<std::uint64_t>(n);
    state.sum.addSigned(sum);
    state.squares.add(low, 0);
    state.squares.add(high << 32, high >> 32);
  }

  // Of fewer bits: x = 256 h + l, and 1024 products of 16 bits fit 32. Compilers know such sums of products.
  template <class T>
  static void addSmall(State& state, const T* row, std::int64_t n) {
    std::int32_t sum = 0, high = 0, mixed = 0, low = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const auto h = static_cast<std::int16_t>(sizeof(T) == 2 ? row[i] >> 8 : 0);
      const auto l = static_cast<std::int16_t>(sizeof(T) == 2 ? row[i] & 255 : row[i]);
      sum += row[i];
      high += std::int32_t{h} * h;
      mixed += std::int32_t{h} * l;
      low += std::int32_t{l} * l;
    }
    state.count += static_cast<std::uint64_t>(n);
    state.sum.addSigned(sum);
    state.squares.add(static_cast<std::uint64_t>((std::int64_t{high} << 16) + (std::int64_t{mixed} << 9) + low), 0);
  }

  template <class T>
  static void addLarge(double pilot, State& state, const T* row, std::int64_t n, std::int64_t index) {
    const T centre = nearest<T>(pilot);
    std::uint64_t low = 0;
    std::int64_t high = 0;
    double distance[kVirtualLanes] = {};
    for (std::int64_t i = 0; i < n; ++i) {
      const std::uint64_t x = static_cast<std::uint64_t>(row[i]), c = static_cast<std::uint64_t>(centre);
      const double size = static_cast<double>(row[i] < centre ? c - x : x - c);
      distance[(index + i) & (kVirtualLanes - 1)] += size * size;
      low += x & 0xffffffff;
      high += static_cast<std::int64_t>(row[i] >> 32);
    }
    state.count += static_cast<std::uint64_t>(n);
    state.sum.addSigned(static_cast<std::int64_t>(low));
    state.sum.addShifted(high);
    state.distance.add(combined(distance));
  }

  template <class T>
  static T nearest(double x) {
    constexpr double end = std::is_signed_v<T> ? 9223372036854775808.0 : 18446744073709551616.0;
    if (x >= end) return std::numeric_limits<T>::max();
    if (!(x > (std::is_signed_v<T> ? -end : 0.0))) return std::numeric_limits<T>::min();
    return static_cast<T>(x);
  }

  static double combined(double (&lanes)[kVirtualLanes]) {
    for (int width = kVirtualLanes / 2; width > 0; width /= 2)
      for (int l = 0; l < width; ++l) lanes[l] += lanes[l + width];
    return lanes[0];
  }

  struct Leaf {
    double sum[kVirtualLanes] = {}, difference[kVirtualLanes] = {}, distance[kVirtualLanes] = {};
    std::uint64_t nan = 0;

    void add(double x, double pilot, std::int64_t lane) {
      if (x != x) {
        ++nan;
        return;
      }
      const double d = x - pilot;
      sum[lane] += x;
      difference[lane] += d;
      distance[lane] += d * d;
    }
  };

  template <class T>
  static void addFloats(double pilot, State& state, const T* row, std::int64_t n, std::int64_t index) {
    Leaf leaf;
    std::int64_t i = 0;
    for (; i < n && (index + i) % kVirtualLanes; ++i)
      leaf.add(row[i], pilot, (index + i) & (kVirtualLanes - 1));
    const std::int64_t whole = (n - i) / kVirtualLanes;
    addGroups(pilot, leaf, row + i, whole);
    for (i += whole * kVirtualLanes; i < n; ++i) leaf.add(row[i], pilot, (index + i) & (kVirtualLanes - 1));
    state.count += static_cast<std::uint64_t>(n) - leaf.nan;
    state.nan += leaf.nan;
    state.floatSum.add(combined(leaf.sum));
    state.difference.add(combined(leaf.difference));
    state.distance.add(combined(leaf.distance));
  }

  // `count` times 16 voxels, one to a lane.
  template <class T>
  static void addGroups(double pilot, Leaf& leaf, const T* row, std::int64_t count) {
    using Mask = Vector<std::int64_t>;
    using V = Vector<double>;
    constexpr int lanes = kLanes<double>, parts = kVirtualLanes / lanes;
    V sum[parts], difference[parts], distance[parts];
    Mask numbers{};
    for (int k = 0; k < parts; ++k) {
      sum[k] = load(leaf.sum + k * lanes);
      difference[k] = load(leaf.difference + k * lanes);
      distance[k] = load(leaf.distance + k * lanes);
    }
    for (std::int64_t i = 0; i < count; ++i, row += kVirtualLanes)
      for (int k = 0; k < parts; ++k) {
        const V x = loadAs<double>(row + k * lanes);
        const Mask isNumber = x == x;
        const V d = (V)((Mask)(x - splat(pilot)) & isNumber);
        sum[k] += (V)((Mask)x & isNumber);
        difference[k] += d;
        distance[k] += d * d;
        numbers -= isNumber;
      }
    for (int k = 0; k < parts; ++k) {
      store(leaf.sum + k * lanes, sum[k]);
      store(leaf.difference + k * lanes, difference[k]);
      store(leaf.distance + k * lanes, distance[k]);
    }
    leaf.nan += static_cast<std::uint64_t>(count * kVirtualLanes);
    for (int l = 0; l < lanes; ++l) leaf.nan -= static_cast<std::uint64_t>(numbers[l]);
  }
};

template struct Registered<MomentsReduce>;
#include "simd/end_kernel.h"
