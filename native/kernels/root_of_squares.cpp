#include "simd/begin_kernel.h"

// Square root of the sum of the inputs' squares, voxel by voxel, in the order of the inputs.
struct RootOfSquares : RegionKernel {
  struct Params {};

  static constexpr auto name = "root_of_squares";
  static constexpr auto fields = fieldsOf();
  static constexpr Types<Same<float>, Same<double>> types{};

  static std::string_view checkRegion(const Params&, const RegionCall& call) {
    const Placed& out = call.out[0];
    for (int k = 0; k < call.inputs; ++k) {
      const Placed& in = call.in[k];
      if (in.dtype != out.dtype || in.rank != out.rank) return "inputs must be as the output";
      for (int a = 0; a < out.rank; ++a)
        if (in.start[a] > out.start[a] || in.start[a] + in.shape[a] < out.start[a] + out.shape[a])
          return "inputs must hold the output";
    }
    return {};
  }

  template <class In, class Out>
  static void run(const Params&, const RegionCall& call) {
    const Placed& out = call.out[0];
    int axis = 0;
    for (int a = 1; a < out.rank; ++a)
      if (std::abs(out.strides[a]) < std::abs(out.strides[axis])) axis = a;
    Index at = call.part.start;
    for (;;) {
      row<In>(call, at, axis);
      int a = 0;
      for (; a < out.rank; ++a) {
        if (a == axis) continue;
        if (++at[a] < call.part.start[a] + call.part.shape[a]) break;
        at[a] = call.part.start[a];
      }
      if (a == out.rank) return;
    }
  }

 private:
  static constexpr std::int64_t kPiece = 512;

  static std::byte* voxel(const Placed& placed, const Index& at) {
    auto* p = static_cast<std::byte*>(placed.data);
    for (int a = 0; a < placed.rank; ++a) p += (at[a] - placed.start[a]) * placed.strides[a];
    return p;
  }

  template <class T>
  static void row(const RegionCall& call, Index at, int axis) {
    const std::int64_t end = at[axis] + call.part.shape[axis];
    for (; at[axis] < end; at[axis] += kPiece) {
      const std::int64_t n = std::min(kPiece, end - at[axis]);
      T sum[kPiece] = {};
      for (int k = 0; k < call.inputs; ++k) add(sum, voxel(call.in[k], at), call.in[k].strides[axis], n);
      for (std::int64_t i = 0; i < n; ++i) {
        const T root = std::sqrt(sum[i]);
        sum[i] = root == root ? root : std::numeric_limits<T>::quiet_NaN();
      }
      std::byte* out = voxel(call.out[0], at);
      const std::ptrdiff_t step = call.out[0].strides[axis];
      if (step == sizeof(T)) std::memcpy(out, sum, static_cast<std::size_t>(n) * sizeof(T));
      else
        for (std::int64_t i = 0; i < n; ++i) std::memcpy(out + i * step, sum + i, sizeof(T));
    }
  }

  template <class T>
  static void add(T (&sum)[kPiece], const std::byte* in, std::ptrdiff_t step, std::int64_t n) {
    const auto at = [&](std::int64_t i) { return *reinterpret_cast<const T*>(in + i * step); };
    if (step == sizeof(T)) {
      const T* row = reinterpret_cast<const T*>(in);
#pragma GCC ivdep
      for (std::int64_t i = 0; i < n; ++i) sum[i] += row[i] * row[i];
    } else {
      for (std::int64_t i = 0; i < n; ++i) sum[i] += at(i) * at(i);
    }
  }
};

template struct Registered<RootOfSquares>;
#include "simd/end_kernel.h"
