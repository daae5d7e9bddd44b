#include "simd/begin_kernel.h"

#include "kernels/point_rows.h"

// x + y, x - y, x * y or x / y; y is the second input's voxel, or `operand` rounded to the type.
struct Arithmetic : PointKernel {
  static constexpr int inputs = 2, leastInputs = 1;
  struct Params {
    std::int32_t operation = 0;  // 0 +, 1 -, 2 *, 3 /
    double operand = 0;
  };

  static constexpr auto name = "arithmetic";
  static constexpr auto fields =
      fieldsOf(field("operation", &Params::operation), field("operand", &Params::operand));
  static constexpr Types<Same<float>, Same<double>> types{};

  static std::string_view check(const Params& p) {
    return p.operation < 0 || p.operation > 3 ? "operation must be 0 to 3" : "";
  }

  template <class In, class Out>
  static void run(const Params& p, const In* a, const In* b, Out* out, std::int64_t n) {
    const In value = static_cast<In>(p.operand);
    if (p.operation == 0) return joinRows(a, b, value, out, n, [](In x, In y) { return x + y; });
    if (p.operation == 1) return joinRows(a, b, value, out, n, [](In x, In y) { return x - y; });
    if (p.operation == 2) return joinRows(a, b, value, out, n, [](In x, In y) { return x * y; });
    joinRows(a, b, value, out, n, [](In x, In y) { return x / y; });
  }
};

template struct Registered<Arithmetic>;
#include "simd/end_kernel.h"
