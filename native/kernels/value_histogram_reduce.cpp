#include "simd/begin_kernel.h"

// How often every value of an 8- or 16-bit type occurs. Results: the values that do, in rising order, each followed by its count.
struct ValueHistogramReduce : ReduceKernel {
  struct Params {};

  static constexpr int kValues = 1 << 16, kRecent = 2 * kValues;
  static constexpr int tablesOf(int values) { return values == kValues ? 2 : 8; }
  static constexpr std::uint32_t kMostRecent = 1u << 31;

  // Neighbours count in different tables, so that equal ones need not wait for each other.
  struct State {
    std::uint64_t counts[kValues];
    std::uint32_t recent[kRecent];  // since the last flush
    std::uint32_t pending;          // how many those are
    std::int32_t least;             // value of number 0
    std::int32_t values;            // 0 until there is a voxel
  };

  static constexpr auto name = "value_histogram_reduce";
  static constexpr auto fields = fieldsOf();
  static constexpr Types<Same<std::uint8_t>, Same<std::int8_t>, Same<std::uint16_t>, Same<std::int16_t>>
      types{};

  static std::size_t stateBytes(const Params&, int) { return sizeof(State); }
  static void start(const Params&, State& state, std::size_t, int) { std::memset(&state, 0, sizeof state); }

  template <class T>
  static void add(const Params&, State& state, const T* row, std::int64_t n, std::int64_t) {
    state.least = std::numeric_limits<T>::min();
    state.values = 1 << 8 * sizeof(T);
    constexpr std::int64_t most = 1 << 30;
    for (std::int64_t i = 0; i < n; i += most) {
      const std::int64_t some = std::min(most, n - i);
      if (state.pending + some > kMostRecent) flush(state);
      state.pending += static_cast<std::uint32_t>(some);
      count(state.recent, row + i, some);
    }
  }

  static bool merge(const Params&, State& state, const State& other) {
    if (other.values == 0) return true;
    state.least = other.least;
    state.values = other.values;
    for (int v = 0; v < other.values; ++v) state.counts[v] += other.counts[v] + recentOf(other, v);
    return true;
  }

  static void result(const Params&, const State& state, const ResultSink& out) {
    for (int v = 0; v < state.values; ++v) {
      const std::uint64_t count = state.counts[v] + recentOf(state, v);
      if (count == 0) continue;
      out.add(v + state.least);
      out.add(static_cast<double>(count));
    }
  }

 private:
  static std::uint64_t recentOf(const State& state, int value) {
    std::uint64_t sum = 0;
    for (int table = 0; table < tablesOf(state.values); ++table)
      sum += state.recent[table * state.values + value];
    return sum;
  }

  static void flush(State& state) {
    for (int v = 0; v < state.values; ++v) state.counts[v] += recentOf(state, v);
    std::memset(state.recent, 0, sizeof state.recent);
    state.pending = 0;
  }

  template <class T>
  static void count(std::uint32_t* tables, const T* row, std::int64_t n) {
    constexpr int bits = 8 * sizeof(T), lanes = 64 / bits, values = 1 << bits, used = tablesOf(values);
    constexpr std::uint64_t mask = values - 1, ones = ~std::uint64_t{0} / mask;
    constexpr std::uint64_t flip = std::is_signed_v<T> ? ones << (bits - 1) : 0;
    std::int64_t i = 0;
    for (; i + lanes <= n; i += lanes) {
      std::uint64_t word;
      std::memcpy(&word, row + i, sizeof word);
      word ^= flip;
      if (word == (word << bits | word >> (64 - bits))) {
        tables[word & mask] += lanes;
        continue;
      }
      for (int lane = 0; lane < lanes; ++lane, word >>= bits)
        ++tables[lane % used * values + static_cast<std::int64_t>(word & mask)];
    }
    for (; i < n; ++i) ++tables[static_cast<std::uint64_t>(row[i] - std::numeric_limits<T>::min()) & mask];
  }
};

template struct Registered<ValueHistogramReduce>;
#include "simd/end_kernel.h"
