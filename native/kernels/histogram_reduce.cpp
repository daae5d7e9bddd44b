#include "simd/begin_kernel.h"

// Counts of voxels in equal bins from `low` to `high`: bin k holds edge k <= x < edge k + 1 and the last one its end, with edges
// low + k * step, step = (high - low) / bins, the last one high. Results: the counts, then how many lie below, above and are NaN.
struct HistogramReduce : ReduceKernel {
  struct Params {
    double low = 0;
    double high = 1;
    std::int32_t bins = 1;
  };

  // `tables` tables of `slots` counts follow: neighbours count in different ones, so that equal ones need not wait for each other.
  struct alignas(16) State {
    std::int64_t slots;  // bins, and below, above, NaN
    std::int64_t tables;

    std::uint64_t* counts() { return reinterpret_cast<std::uint64_t*>(this + 1); }
    const std::uint64_t* counts() const { return reinterpret_cast<const std::uint64_t*>(this + 1); }
  };

  static constexpr auto name = "histogram_reduce";
  static constexpr auto fields =
      fieldsOf(field("low", &Params::low), field("high", &Params::high), field("bins", &Params::bins));
  static constexpr Types<Same<float>, Same<double>> types{};

  static std::string_view check(const Params& p) {
    if (p.bins < 1 || p.bins > 1 << 16) return "bins must be 1 to 65536";
    return p.low <= p.high ? "" : "low must be at most high";
  }

  static std::size_t stateBytes(const Params& p, int) {
    return sizeof(State) + static_cast<std::size_t>((p.bins + 3) * tablesOf(p)) * sizeof(std::uint64_t);
  }

  static void start(const Params& p, State& state, std::size_t bytes, int) {
    std::memset(static_cast<void*>(&state), 0, bytes);
    state.slots = p.bins + 3;
    state.tables = tablesOf(p);
  }

  template <class T>
  static void add(const Params& p, State& state, const T* row, std::int64_t n, std::int64_t) {
    std::int32_t slots[kBlock];
    for (std::int64_t i = 0; i < n; i += kBlock) {
      const std::int64_t some = std::min<std::int64_t>(kBlock, n - i);
      place(p, row + i, slots, some);
      std::uint64_t* const counts = state.counts();
      const std::int64_t turn = state.tables - 1;
      for (std::int64_t k = 0; k < some; ++k) ++counts[(k & turn) * state.slots + slots[k]];
    }
  }

  static bool merge(const Params&, State& state, const State& other) {
    for (std::int64_t i = 0; i < state.slots * state.tables; ++i) state.counts()[i] += other.counts()[i];
    return true;
  }

  static void result(const Params&, const State& state, const ResultSink& out) {
    for (std::int64_t slot = 0; slot < state.slots; ++slot) {
      std::uint64_t sum = 0;
      for (std::int64_t table = 0; table < state.tables; ++table)
        sum += state.counts()[table * state.slots + slot];
      out.add(static_cast<double>(sum));
    }
  }

 private:
  static constexpr int kBlock = 256;
  static std::int64_t tablesOf(const Params& p) { return p.bins <= 1024 ? 4 : 1; }

  // The bin by division, put right by the edges: at most one off.
  template <class T>
  static void place(const Params& p, const T* row, std::int32_t* slots, std::int64_t n) {
    const double low = p.low, high = p.high, step = (high - low) / p.bins, perUnit = p.bins / (high - low);
    const std::int32_t bins = p.bins, last = bins - 1;
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i) {
      const double x = row[i];
      double place = (x - low) * perUnit;
      place = place >= 0 ? place : 0;
      place = place <= last ? place : last;
      std::int32_t bin = static_cast<std::int32_t>(place);
      bin -= x < bin * step + low ? 1 : 0;
      bin += (x >= (bin + 1) * step + low) & (bin < last) ? 1 : 0;
      const std::int32_t outside = x < low ? bins : x > high ? bins + 1 : bins + 2;
      slots[i] = (x >= low) & (x <= high) ? bin : outside;
    }
  }
};

using Kernel = HistogramReduce;
#include "simd/end_kernel.h"
