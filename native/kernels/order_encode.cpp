#include "simd/begin_kernel.h"

#include "kernels/order_keys.h"
#include "kernels/point_rows.h"

// Voxels to integers that compare as the voxels are ordered; every NaN becomes one.
struct OrderEncode : PointKernel {
  struct Params {};

  static constexpr auto name = "order_encode";
  static constexpr auto fields = fieldsOf();
  static constexpr Types<Same<std::uint8_t>, Pair<std::int8_t, std::uint8_t>,
                         Pair<std::uint16_t, std::int16_t>, Same<std::int16_t>,
                         Pair<std::uint32_t, std::int32_t>, Same<std::int32_t>, Pair<float, std::int32_t>,
                         Pair<std::uint64_t, std::int64_t>, Same<std::int64_t>, Pair<double, std::int64_t>>
      types{};

  template <class In, class Out>
  static void run(const Params&, const In* in, Out* out, std::int64_t n) {
    mapRow(in, out, n, [](In x) { return keyOf<Out>(x); });
  }
};

template struct Registered<OrderEncode>;
#include "simd/end_kernel.h"
