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
    std::int64_t slots[kBlock];
    std::uint64_t* tables[4];
    for (std::int64_t t = 0; t < 4; ++t) tables[t] = state.counts() + t % state.tables * state.slots;
    for (std::int64_t i = 0; i < n; i += kBlock) {
      const std::int64_t some = std::min<std::int64_t>(kBlock, n - i), whole = some - some % 4;
      place(p, row + i, slots, some);
      for (std::int64_t k = 0; k < whole; k += 4)
        for (int t = 0; t < 4; ++t) ++tables[t][slots[k + t]];
      for (std::int64_t k = whole; k < some; ++k) ++tables[0][slots[k]];
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

  // The bin by division, put right by the edges: at most one off. Beside 2^52 a float64 has no place for fractions, and its low bits
  // are a whole number.
  template <class T>
  static void place(const Params& p, const T* row, std::int64_t* slots, std::int64_t n) {
    using V = Vector<double>;
    using Mask = Vector<std::int64_t>;
    const auto where = [](Mask test, V yes, V no) { return (V)(((Mask)yes & test) | ((Mask)no & ~test)); };
    const auto oneIf = [](Mask test) { return (V)((Mask)splat(1.0) & test); };
    const V low = splat(p.low), high = splat(p.high), step = splat((p.high - p.low) / p.bins), shift = splat(0x1p52);
    const V perUnit = splat(p.bins / (p.high - p.low)), bins = splat<double>(p.bins), one = splat(1.0), last = bins - one;
    for (std::int64_t i = 0; i < n; i += kLanes<double>) {
      const V x = loadAs<double>(row + i);
      V along = (x - low) * perUnit;
      along = where(along >= V{}, along, V{});
      along = where(along <= last, along, last);
      V bin = (along + shift) - shift;
      bin -= oneIf(bin > along);
      bin -= oneIf(x < bin * step + low);
      bin += oneIf((x >= (bin + one) * step + low) & (bin < last));
      const V outside = bins + oneIf(x > high) + oneIf(x != x) + oneIf(x != x);
      const V slot = where((x >= low) & (x <= high), bin, outside) + shift;
      store(slots + i, (Mask)slot & splat(std::int64_t{0xfffff}));
    }
  }
};

template struct Registered<HistogramReduce>;
#include "simd/end_kernel.h"
