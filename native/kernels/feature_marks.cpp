#include "simd/begin_kernel.h"

#include "kernels/type_lists.h"

// 1 where a voxel is above or below 0, plus 2 where it is a feature.
struct FeatureMarks : RegionKernel {
  struct Params {
    std::int32_t features = 0;  // 0 none, 1 voxels that are not 0, 2 the others
  };

  static constexpr auto name = "feature_marks";
  static constexpr auto fields = fieldsOf(field("features", &Params::features));
  template <class T>
  using ToMarks = Types<Pair<T, std::uint8_t>>;
  static constexpr OverAll<ToMarks> types{};

  static std::string_view check(const Params& p) {
    return p.features >= 0 && p.features <= 2 ? "" : "features must be 0, 1 or 2";
  }

  static std::string_view checkRegion(const Params&, const RegionCall& call) {
    const Placed &in = call.in[0], &out = call.out[0];
    if (in.rank != out.rank) return "input and output must be of one rank";
    for (int a = 0; a < out.rank; ++a)
      if (in.start[a] > out.start[a] || in.start[a] + in.shape[a] < out.start[a] + out.shape[a]) return "the input must hold the output";
    return {};
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    const Placed &in = call.in[0], &out = call.out[0];
    const auto object = static_cast<Out>(p.features == 1 ? 3 : 1), other = static_cast<Out>(p.features == 2 ? 2 : 0);
    int axis = 0;
    for (int a = 1; a < out.rank; ++a)
      if (std::abs(out.strides[a]) < std::abs(out.strides[axis])) axis = a;
    Index at = call.part.start;
    for (;;) {
      row<In>(in, out, at, axis, Codes{call.part.shape[axis], object, other});
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
  struct Codes {
    std::int64_t n;
    std::uint8_t object, other;
  };

  static std::byte* voxel(const Placed& placed, const Index& at) {
    auto* p = static_cast<std::byte*>(placed.data);
    for (int a = 0; a < placed.rank; ++a) p += (at[a] - placed.start[a]) * placed.strides[a];
    return p;
  }

  template <class In>
  static void row(const Placed& in, const Placed& out, const Index& at, int axis, const Codes& codes) {
    const std::byte* from = voxel(in, at);
    auto* to = reinterpret_cast<std::uint8_t*>(voxel(out, at));
    const std::ptrdiff_t step = in.strides[axis], stepOut = out.strides[axis];
    if (step == sizeof(In) && stepOut == 1) {
      const In* x = reinterpret_cast<const In*>(from);
#pragma GCC ivdep
      for (std::int64_t i = 0; i < codes.n; ++i) to[i] = isObject(x[i]) ? codes.object : codes.other;
    } else {
      for (std::int64_t i = 0; i < codes.n; ++i)
        to[i * stepOut] = isObject(*reinterpret_cast<const In*>(from + i * step)) ? codes.object : codes.other;
    }
  }

  template <class In>
  static bool isObject(In x) {
    if constexpr (std::is_floating_point_v<In>) return (x > 0) | (x < 0);
    else return x != 0;
  }
};

template struct Registered<FeatureMarks>;
#include "simd/end_kernel.h"
