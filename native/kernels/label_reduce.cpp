#include "simd/begin_kernel.h"

#include "kernels/exact_sum.h"
#include "kernels/label_table.h"
#include "kernels/order_keys.h"

// Counts, extremes, sums and places of the voxels of every label of a second volume. Infinities and NaN are counted, and left out of
// the rest but the place.
//
// Results, for each label in no order: label, count of all, of NaN, -Infinity and +Infinity; per axis first and last index, and the sum
// of indices (words of 32 bits, high and low); then
//   integers  least, greatest (2 words each, the first signed unless uint64), sum (4 words), sum of squares (6 words), both exact
//   floats    least, greatest, sum, and sum of squared distances from the mean
//
// Floats: a row is cut at multiples of 1024 of the index and where labels change. In such a run differences from its first voxel
// are summed in float64 in 8 lanes; what a run gives is added without rounding. So nothing depends on who sums what.
struct LabelReduce : ReduceKernel {
  static constexpr int inputs = 2;
  using Second = std::int32_t;
  using State = LabelTable;

  struct Params {
    std::int32_t real = 0;  // 1 for floats
  };

  static constexpr auto name = "label_reduce";
  static constexpr auto fields = fieldsOf(field("real", &Params::real));
  static constexpr Types<Same<std::int32_t>, Same<std::uint64_t>, Same<std::int64_t>, Same<float>,
                         Same<double>>
      types{};
  static constexpr bool ordered(DType) { return true; }

  static std::string_view check(const Params& p) {
    return p.real == 0 || p.real == 1 ? "" : "real must be 0 or 1";
  }

  static std::size_t stateBytes(const Params&, int) { return 1 << 20; }

  static void start(const Params& p, State& state, std::size_t bytes, int rank) {
    state.start(bytes, p.real ? sizeof(FloatRecord) : sizeof(IntegerRecord), rank);
  }

  template <class T>
  static std::int64_t add(const Params&, State& state, const ReduceRow<T, Second>& row) {
    using Record = std::conditional_t<std::is_floating_point_v<T>, FloatRecord, IntegerRecord>;
    if (sizeof(Record) != state.recordBytes) return row.length;  // a plan whose `real` is wrong
    Record* record = nullptr;
    for (std::int64_t i = 0; i < row.length;) {
      const std::int32_t label = row.second[i];
      if (!record || record->label != label) record = state.find<Record>(label);
      if (!record) return i;
      const std::int64_t index = row.at[0] + i;
      const std::int64_t end = std::min(row.length, i + kLeaf - index % kLeaf);
      std::int64_t next = i + 1;
      while (next < end && row.second[next] == label) ++next;
      addPlace(*record, state.rank, row, index, next - i);
      addVoxels(*record, row.voxels + i, next - i);
      record->count += static_cast<std::uint64_t>(next - i);
      i = next;
    }
    return row.length;
  }

  static bool merge(const Params& p, State& state, const State& other) {
    return p.real ? state.merge<FloatRecord>(other) : state.merge<IntegerRecord>(other);
  }

  static void result(const Params& p, const State& state, const ResultSink& out) {
    for (std::uint32_t i = 0; i < state.count; ++i)
      if (p.real) {
        const FloatRecord& record = state.record<FloatRecord>(i);
        addCounts(record, state.rank, out);
        addReals(record, out);
      } else {
        const IntegerRecord& record = state.record<IntegerRecord>(i);
        addCounts(record, state.rank, out);
        for (const std::int64_t value : {record.least, record.most})
          addWord(static_cast<std::uint64_t>(value), out);
        addWord(record.sum[1], out), addWord(record.sum[0], out);
        for (int word = 3; word-- > 0;) addWord(record.squares[word], out);
      }
  }

 private:
  template <class Record, class Row>
  static void addPlace(Record& record, int rank, const Row& row, std::int64_t index, std::int64_t n) {
    const bool isNew = record.count == 0;
    const auto length = static_cast<std::uint64_t>(n);
    record.place.add(0, index, index + n - 1,
                     length * static_cast<std::uint64_t>(index) + length * (length - 1) / 2, isNew);
    for (int a = 1; a < rank; ++a) {
      const std::int64_t at = row.at[static_cast<std::size_t>(row.axes[static_cast<std::size_t>(a)])];
      record.place.add(a, at, at, length * static_cast<std::uint64_t>(at), isNew);
    }
  }

  static void addWord(std::uint64_t word, const ResultSink& out) {
    out.add(static_cast<double>(word >> 32));
    out.add(static_cast<double>(word & 0xffffffff));
  }

  static void addCounts(const LabelCounts& record, int rank, const ResultSink& out) {
    out.add(record.label);
    for (const std::uint64_t count : {record.count, record.nan, record.below, record.above})
      out.add(static_cast<double>(count));
    for (std::size_t a = 0; a < static_cast<std::size_t>(rank); ++a) {
      out.add(static_cast<double>(record.place.first[a]));
      out.add(static_cast<double>(record.place.last[a]));
      addWord(record.place.sum[a], out);
    }
  }

  // --- integers

  // Leaves hold so few voxels that 64 bits hold sums of 32-bit ones and of halves of their squares.
  static void addVoxels(IntegerRecord& record, const std::int32_t* voxels, std::int64_t n) {
    std::int32_t least = voxels[0], most = voxels[0];
    std::int64_t sum = 0;
    std::uint64_t low = 0, high = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t x = voxels[i];
      const auto square = static_cast<std::uint64_t>(x * x);
      least = std::min(least, voxels[i]);
      most = std::max(most, voxels[i]);
      sum += x;
      low += square & 0xffffffff;
      high += square >> 32;
    }
    record.addSum(static_cast<unsigned __int128>(static_cast<__int128>(sum)));
    record.addSquares((static_cast<unsigned __int128>(high) << 32) + low, 0);
    record.least = std::min<std::int64_t>(record.least, least);
    record.most = std::max<std::int64_t>(record.most, most);
  }

  template <class T>
  static void addVoxels(IntegerRecord& record, const T* voxels,
                        std::int64_t n) requires(sizeof(T) == 8 && std::is_integral_v<T>) {
    __int128 sum = 0;
    unsigned __int128 low = 0;
    std::uint64_t high = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const T x = voxels[i];
      const std::uint64_t bits = static_cast<std::uint64_t>(x), size = x < 0 ? 0 - bits : bits;
      const unsigned __int128 square = static_cast<unsigned __int128>(size) * size;
      const std::int64_t key = keyOf<std::int64_t>(x);
      sum += x;
      low += square;
      high += low < square;
      record.least = std::min(record.least, key);
      record.most = std::max(record.most, key);
    }
    record.addSum(static_cast<unsigned __int128>(sum));
    record.addSquares(low, high);
  }

  // --- floats

  static constexpr int kSumLanes = 8;

  template <class T>
  static void addVoxels(FloatRecord& record, const T* voxels,
                        std::int64_t n) requires std::is_floating_point_v<T> {
    std::int64_t others = 0;
    for (std::int64_t i = 0; i < n; ++i) others += !(voxels[i] - voxels[i] == 0);
    if (others == 0) return addFinite(record, voxels, n);
    T finite[kLeaf];
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const T x = voxels[i];
      record.nan += x != x;
      record.below += x == -std::numeric_limits<T>::infinity();
      record.above += x == std::numeric_limits<T>::infinity();
      finite[count] = x;
      count += x - x == 0;
    }
    if (count > 0) addFinite(record, finite, count);
  }

  template <class T>
  static void addFinite(FloatRecord& record, const T* voxels, std::int64_t n) {
    using I = SignedOf<T>;
    const double pilot = voxels[0];
    double sums[kSumLanes] = {}, squares[kSumLanes] = {};
    I least = std::numeric_limits<I>::max(), most = std::numeric_limits<I>::min();
    const auto take = [&](T x, std::int64_t lane) {
      const double d = static_cast<double>(x) - pilot;
      const I key = flipNegative(__builtin_bit_cast(I, x));
      sums[lane] += d;
      squares[lane] += d * d;
      least = key < least ? key : least;
      most = key > most ? key : most;
    };
    const std::int64_t whole = n - n % kSumLanes;
    for (std::int64_t i = 0; i < whole; i += kSumLanes)
      for (int lane = 0; lane < kSumLanes; ++lane) take(voxels[i + lane], lane);
    for (std::int64_t i = whole; i < n; ++i) take(voxels[i], i - whole);
    record.least = std::min(record.least, wideKey<T>(least));
    record.most = std::max(record.most, wideKey<T>(most));
    addRun(record, pilot, static_cast<double>(n), combined(sums), combined(squares));
  }

  // Sums of n voxels and of their squares from those of their differences d from p: np + Σd and np² + 2pΣd + Σd².
  static void addRun(FloatRecord& record, double p, double n, double differences, double distances) {
    addProduct(record.sum, n, p);
    record.sum.add(differences);
    const Product square = productOf(p, p);
    addProduct(record.squares, n, square.value);
    record.squares.add(n * square.error);
    addProduct(record.squares, 2 * p, differences);
    record.squares.add(distances);
  }

  static double combined(double (&lanes)[kSumLanes]) {
    for (int width = kSumLanes / 2; width > 0; width /= 2)
      for (int lane = 0; lane < width; ++lane) lanes[lane] += lanes[lane + width];
    return lanes[0];
  }

  template <class T>
  static std::int64_t wideKey(SignedOf<T> key) {
    return floatKey(static_cast<double>(__builtin_bit_cast(T, flipNegative(key))));
  }

  struct Product {
    double value, error;
  };

  // The product and its rounding error (Dekker 1971); beyond 2^996 the product alone.
  static Product productOf(double a, double b) {
    const auto high = [](double x) {
      const double wide = 134217729.0 * x;
      return wide - (wide - x);
    };
    const double product = a * b, aHigh = high(a), bHigh = high(b), aLow = a - aHigh, bLow = b - bHigh;
    const double error = ((aHigh * bHigh - product) + aHigh * bLow + aLow * bHigh) + aLow * bLow;
    return {product, error == error ? error : 0};
  }

  static void addProduct(ExactSum& sum, double a, double b) {
    const Product product = productOf(a, b);
    sum.add(product.value);
    sum.add(product.error);
  }

  static void addReals(const FloatRecord& record, const ResultSink& out) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const bool any = record.least <= record.most;
    out.add(any ? __builtin_bit_cast(double, flipNegative(record.least)) : nan);
    out.add(any ? __builtin_bit_cast(double, flipNegative(record.most)) : nan);
    out.add(record.sum.value());
    out.add(distanceOf(record));
  }

  // Σ(x - m)² - r²/n = Σx² - 2mΣx + nm² - r²/n for a rounded mean m that is off by r/n; Σx is rounded to three float64.
  static double distanceOf(const FloatRecord& record) {
    const auto n = static_cast<double>(record.count - record.nan - record.below - record.above);
    if (n == 0) return 0;
    const double mean = record.sum.value() / n;
    ExactSum total = record.squares, rest = record.sum;
    for (int part = 0; part < 3; ++part) {
      const double value = rest.value();
      addProduct(total, -2 * mean, value);
      rest.add(-value);
    }
    const Product square = productOf(mean, mean);
    addProduct(total, n, square.value);
    addProduct(total, n, square.error);
    ExactSum off = record.sum;
    addProduct(off, -n, mean);
    total.add(-(off.value() * off.value() / n));
    const double distance = total.value();
    return distance < 0 ? 0 : distance;
  }
};

template struct Registered<LabelReduce>;
#include "simd/end_kernel.h"
