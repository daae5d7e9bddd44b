#include "simd/begin_kernel.h"

#include "kernels/order_keys.h"

// How often every digit of 16 bits occurs in the voxels' order keys (unsigned; NaN the greatest), at `shift`, among the keys whose
// bits above it are one of `prefixes` (all keys where there are none above). Results, for each prefix: how many digits occur, then
// those in rising order, each followed by its count.
struct DigitHistogramReduce : ReduceKernel {
  struct Params {
    std::int32_t shift = 0;
    std::int32_t rows = 1;  // room for that many prefixes
    std::span<const double> prefixes;
  };

  // `rows` tables of 65536 counts follow.
  struct alignas(16) State {
    std::uint64_t* counts() { return reinterpret_cast<std::uint64_t*>(this + 1); }
    const std::uint64_t* counts() const { return reinterpret_cast<const std::uint64_t*>(this + 1); }
    std::int64_t size;
  };

  static constexpr auto name = "digit_histogram_reduce";
  static constexpr auto fields = fieldsOf(field("shift", &Params::shift), field("rows", &Params::rows),
                                          field("prefixes", &Params::prefixes));
  static constexpr Types<Same<std::uint32_t>, Same<std::int32_t>, Same<float>, Same<std::uint64_t>,
                         Same<std::int64_t>, Same<double>>
      types{};

  static std::string_view check(const Params& p) {
    if (p.shift < 0 || p.shift > 48 || p.shift % 16) return "shift must be 0, 16, 32 or 48";
    if (p.rows < 1 || p.rows > 4096 || static_cast<std::size_t>(p.rows) < p.prefixes.size())
      return "rows must be 1 to 4096 and at least as many as the prefixes";
    for (const double prefix : p.prefixes)
      if (!(prefix >= 0 && prefix < 281474976710656.0)) return "prefixes must be of at most 48 bits";
    return "";
  }

  static std::size_t stateBytes(const Params& p, int) {
    return sizeof(State) + static_cast<std::size_t>(p.rows) * kDigits * sizeof(std::uint64_t);
  }

  static void start(const Params& p, State& state, std::size_t bytes, int) {
    std::memset(static_cast<void*>(&state), 0, bytes);
    state.size = std::int64_t{p.rows} * kDigits;
  }

  template <class T>
  static void add(const Params& p, State& state, const T* row, std::int64_t n, std::int64_t) {
    using U = std::make_unsigned_t<SignedOf<T>>;
    std::uint64_t* const counts = state.counts();
    if (p.shift + 16 >= 8 * static_cast<int>(sizeof(T))) {
      const int shift = 8 * static_cast<int>(sizeof(T)) - 16;
      for (std::int64_t i = 0; i < n; ++i) ++counts[unsignedKey(row[i]) >> shift];
      return;
    }
    U keys[kBlock];
    std::int32_t rows[kBlock];
    for (std::int64_t i = 0; i < n; i += kBlock) {
      const std::int64_t some = std::min<std::int64_t>(kBlock, n - i);
      for (std::int64_t k = 0; k < some; ++k) keys[k] = unsignedKey(row[i + k]) >> p.shift;
      if (!findRows(p, keys, rows, some)) continue;
      for (std::int64_t k = 0; k < some; ++k)
        if (rows[k] >= 0) ++counts[rows[k] * kDigits + static_cast<std::int64_t>(keys[k] & (kDigits - 1))];
    }
  }

  static bool merge(const Params&, State& state, const State& other) {
    for (std::int64_t i = 0; i < state.size; ++i) state.counts()[i] += other.counts()[i];
    return true;
  }

  static void result(const Params& p, const State& state, const ResultSink& out) {
    for (std::size_t row = 0; row < std::max<std::size_t>(1, p.prefixes.size()); ++row) {
      const std::uint64_t* const counts = state.counts() + row * kDigits;
      int occurring = 0;
      for (int digit = 0; digit < kDigits; ++digit) occurring += counts[digit] != 0;
      out.add(occurring);
      for (int digit = 0; digit < kDigits; ++digit) {
        if (counts[digit] == 0) continue;
        out.add(digit);
        out.add(static_cast<double>(counts[digit]));
      }
    }
  }

 private:
  static constexpr int kDigits = 1 << 16, kBlock = 256;

  template <class T>
  static std::make_unsigned_t<SignedOf<T>> unsignedKey(T x) {
    using U = std::make_unsigned_t<SignedOf<T>>;
    constexpr U sign = U{1} << (8 * sizeof(T) - 1);
    return static_cast<U>(keyOf<SignedOf<T>>(x)) ^ sign;
  }

  // The row of the prefix above each key's last digit, or -1; false when there is none.
  template <class U>
  static bool findRows(const Params& p, const U* keys, std::int32_t* rows, std::int64_t n) {
    for (std::int64_t k = 0; k < n; ++k) rows[k] = -1;
    for (std::size_t row = 0; row < p.prefixes.size(); ++row) {
      const U prefix = static_cast<U>(p.prefixes[row]);
      for (std::int64_t k = 0; k < n; ++k)
        rows[k] = keys[k] >> 16 == prefix ? static_cast<std::int32_t>(row) : rows[k];
    }
    std::int32_t most = -1;
    for (std::int64_t k = 0; k < n; ++k) most = rows[k] > most ? rows[k] : most;
    return most >= 0;
  }
};

template struct Registered<DigitHistogramReduce>;
#include "simd/end_kernel.h"
