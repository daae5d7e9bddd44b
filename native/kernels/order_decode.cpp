#include "simd/begin_kernel.h"

#include "kernels/order_keys.h"
#include "kernels/point_rows.h"

// Back from order_encode: bit for bit, but for NaN, which is the positive quiet one.
struct OrderDecode : PointKernel {
  struct Params {};

  static constexpr auto name = "order_decode";
  static constexpr auto fields = fieldsOf();
  static constexpr Types<Same<std::uint8_t>, Pair<std::uint8_t, std::int8_t>,
                         Pair<std::int16_t, std::uint16_t>, Same<std::int16_t>,
                         Pair<std::int32_t, std::uint32_t>, Same<std::int32_t>, Pair<std::int32_t, float>,
                         Pair<std::int64_t, std::uint64_t>, Same<std::int64_t>, Pair<std::int64_t, double>>
      types{};

  template <class In, class Out>
  static void run(const Params&, const In* in, Out* out, std::int64_t n) {
    mapRow(in, out, n, [](In x) { return valueOf<Out>(x); });
  }
};

template struct Registered<OrderDecode>;
#include "simd/end_kernel.h"
