#include "simd/begin_kernel.h"

#include "kernels/limits.h"
#include "kernels/type_lists.h"

// The first input's voxel where the second's is not 0, else the third's or, without a third, a value. The second input holds no
// NaN. The words are those of limits.h.
struct Select : PointKernel {
  static constexpr int inputs = 3, leastInputs = 2;
  struct Params {
    std::int64_t otherwiseHigh = 0;
    std::uint32_t otherwiseLow = 0;
  };

  static constexpr auto name = "select";
  static constexpr auto fields = fieldsOf(field("otherwiseHigh", &Params::otherwiseHigh),
                                          field("otherwiseLow", &Params::otherwiseLow));
  static constexpr AllTypes types{};

  template <class In, class Out>
  static void run(const Params& p, const In* in, const In* mask, const In* other, Out* out, std::int64_t n) {
    const In value = valueOfWords<In>({p.otherwiseHigh, p.otherwiseLow});
    if (other) selectRow(in, mask, out, n, [=](std::int64_t i) { return other[i]; });
    else selectRow(in, mask, out, n, [=](std::int64_t) { return value; });
  }

 private:
  template <class T, class F>
  static void selectRow(const T* in, const T* mask, T* out, std::int64_t n, F otherwise) {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i) {
      const T kept = in[i], other = otherwise(i);
      out[i] = mask[i] != 0 ? kept : other;
    }
  }
};

template struct Registered<Select>;
#include "simd/end_kernel.h"
