#include "simd/begin_kernel.h"

#include "kernels/point_rows.h"

// x + y, x - y or x * y of small integers, saturated; y is the second input's voxel, or `operand`. What `arithmetic` makes in float32 and
// rounds is the same: sums are whole there, and a product that is rounded lies beyond every type's ends.
struct IntegerArithmetic : PointKernel {
  static constexpr int inputs = 2, leastInputs = 1;
  struct Params {
    std::int32_t operation = 0;  // 0 +, 1 -, 2 *
    std::int32_t operand = 0;    // of at most 16 bits with its sign
  };

  static constexpr auto name = "integer_arithmetic";
  static constexpr auto fields =
      fieldsOf(field("operation", &Params::operation), field("operand", &Params::operand));
  static constexpr Types<Same<std::uint8_t>, Same<std::int8_t>, Same<std::uint16_t>, Same<std::int16_t>> types{};

  static std::string_view check(const Params& p) {
    if (p.operation < 0 || p.operation > 2) return "operation must be 0, 1 or 2";
    return p.operand < -32768 || p.operand > 32767 ? "operand must be from -32768 to 32767" : "";
  }

  template <class T, class>
  static void run(const Params& p, const T* a, const T* b, T* out, std::int64_t n) {
    if (p.operation == 0) return join<std::int32_t>(p, a, b, out, n, [](auto x, auto y) { return x + y; });
    if (p.operation == 1) return join<std::int32_t>(p, a, b, out, n, [](auto x, auto y) { return x - y; });
    using Product = std::conditional_t<std::is_same_v<T, std::uint16_t>, std::int64_t, std::int32_t>;
    join<Product>(p, a, b, out, n, [](auto x, auto y) { return x * y; });
  }

 private:
  template <class Wide, class T, class F>
  static void join(const Params& p, const T* a, const T* b, T* out, std::int64_t n, F f) {
    const auto saturated = [](Wide x) {
      constexpr Wide least = std::numeric_limits<T>::min(), most = std::numeric_limits<T>::max();
      return static_cast<T>(x < least ? least : x > most ? most : x);
    };
    const Wide operand = p.operand;
    if (!b) return mapRow(a, out, n, [=](T x) { return saturated(f(static_cast<Wide>(x), operand)); });
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i) out[i] = saturated(f(static_cast<Wide>(a[i]), static_cast<Wide>(b[i])));
  }
};

template struct Registered<IntegerArithmetic>;
#include "simd/end_kernel.h"
