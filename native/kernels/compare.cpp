#include "simd/begin_kernel.h"

#include "kernels/order_keys.h"

// 1 where the first voxel stands to the second in one of the ways asked for, else 0; NaN stands to nothing. Exact for every
// pair of types: those whose values float64 cannot all hold come as 64-bit words, and `first` and `second` say what of.
struct Compare : PointKernel {
  static constexpr int inputs = 2;
  struct Params {
    std::int32_t outcomes = 0;  // the sum of 1 less, 2 equal, 4 greater, 8 not comparable
    std::int32_t first = 0;     // int64 words: 0 the value, 1 the order key of a uint64, 2 that of a float64
    std::int32_t second = 0;
  };

  static constexpr auto name = "compare";
  static constexpr auto fields = fieldsOf(field("outcomes", &Params::outcomes), field("first", &Params::first),
                                          field("second", &Params::second));
  static constexpr Types<Pair<std::uint8_t, std::uint8_t>, Pair<float, std::uint8_t>, Pair<double, std::uint8_t>,
                         Pair<std::int64_t, std::uint8_t>>
      types{};

  static std::string_view check(const Params& p) {
    if (p.outcomes < 0 || p.outcomes > 15) return "outcomes must be 0 to 15";
    return p.first < 0 || p.first > 2 || p.second < 0 || p.second > 2 ? "first and second must be 0 to 2" : "";
  }

  template <class In, class Out>
  static void run(const Params& p, const In* a, const In* b, Out* out, std::int64_t n) {
    if constexpr (std::is_same_v<In, std::int64_t>) {
      if (p.first != p.second) return mixed(p, a, b, out, n);
      if (p.first == 2) return mixedWith<double, double>(p.outcomes, a, b, out, n);
    }
    const Out less = p.outcomes & 1, equal = p.outcomes >> 1 & 1, greater = p.outcomes >> 2 & 1;
    const Out unordered = p.outcomes >> 3 & 1;
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i) {
      const Out ordered = a[i] == b[i] ? equal : unordered, above = a[i] > b[i] ? greater : ordered;
      out[i] = a[i] < b[i] ? less : above;
    }
  }

 private:
  // The number of the outcome's bit.
  enum Outcome : int { Less, Equal, Greater, Unordered };

  template <class T>
  static Outcome ordered(T a, T b) {
    return a < b ? Less : a > b ? Greater : Equal;
  }
  static Outcome turned(Outcome outcome) {
    return outcome == Less ? Greater : outcome == Greater ? Less : outcome;
  }

  static Outcome outcomeOf(double a, double b) { return a == a && b == b ? ordered(a, b) : Unordered; }
  static Outcome outcomeOf(std::int64_t a, std::uint64_t b) {
    return a < 0 ? Less : ordered(static_cast<std::uint64_t>(a), b);
  }
  template <class I>
  static Outcome outcomeOf(I a, double b) {
    constexpr double end = std::is_signed_v<I> ? 9223372036854775808.0 : 18446744073709551616.0;
    if (b != b) return Unordered;
    if (b >= end) return Less;
    if (b < static_cast<double>(std::numeric_limits<I>::min())) return Greater;
    const I whole = static_cast<I>(b);  // towards zero
    return a == whole ? ordered(static_cast<double>(whole), b) : ordered(a, whole);
  }
  template <class A, class B>
  static Outcome outcomeOf(A a, B b) {
    return turned(outcomeOf(b, a));
  }

  template <class A, class B, class Out>
  static void mixedWith(int outcomes, const std::int64_t* a, const std::int64_t* b, Out* out, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) out[i] = outcomes >> outcomeOf(valueOf<A>(a[i]), valueOf<B>(b[i])) & 1;
  }

  template <class Out>
  static void mixed(const Params& p, const std::int64_t* a, const std::int64_t* b, Out* out, std::int64_t n) {
    using I = std::int64_t;
    using U = std::uint64_t;
    if (p.first == 0 && p.second == 1) return mixedWith<I, U>(p.outcomes, a, b, out, n);
    if (p.first == 0) return mixedWith<I, double>(p.outcomes, a, b, out, n);
    if (p.first == 1 && p.second == 0) return mixedWith<U, I>(p.outcomes, a, b, out, n);
    if (p.first == 1) return mixedWith<U, double>(p.outcomes, a, b, out, n);
    if (p.second == 0) return mixedWith<double, I>(p.outcomes, a, b, out, n);
    mixedWith<double, U>(p.outcomes, a, b, out, n);
  }
};

template struct Registered<Compare>;
#include "simd/end_kernel.h"
