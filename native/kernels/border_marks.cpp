#include "simd/begin_kernel.h"

// Of marks that are 1 inside an object: plus 2 where one of the neighbours inside the volume, diagonal ones too, is outside the object.
// Neighbours differ along `axes`. The input must hold them; rows along axis 0 must lie without gaps.
struct BorderMarks : RegionKernel {
  struct Params {
    std::span<const double> axes;
  };

  static constexpr auto name = "border_marks";
  static constexpr auto fields = fieldsOf(field("axes", &Params::axes));
  static constexpr Types<Same<std::uint8_t>> types{};

  static std::string_view check(const Params& p) {
    for (const double axis : p.axes)
      if (!(axis >= 0 && axis < kMaxRank)) return "axes must be axes";
    return "";
  }

  static std::string_view checkRegion(const Params& p, const RegionCall& call) {
    const Placed &in = call.in[0], &out = call.out[0];
    if (in.rank != out.rank) return "input and output must be of one rank";
    if (in.strides[0] != 1 || out.strides[0] != 1) return "rows along axis 0 must lie without gaps";
    for (int a = 0; a < out.rank; ++a) {
      const std::int64_t around = isAmong(p, a);
      if (in.extent[a] != out.extent[a]) return "input and output must be of one volume";
      const Interval wanted = clip({out.start[a] - around, out.start[a] + out.shape[a] + around}, {0, in.extent[a]});
      if (in.start[a] > wanted.begin || in.start[a] + in.shape[a] < wanted.end) return "the input must hold the neighbours";
    }
    return {};
  }

  static std::size_t localBytes(const Params&, const RegionCall& call) {
    return static_cast<std::size_t>(call.out[0].shape[0]) + 2;
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    Index at = call.part.start;
    for (;;) {
      row(p, call, at);
      int a = 1;
      for (; a < call.part.rank; ++a) {
        if (++at[a] < call.part.start[a] + call.part.shape[a]) break;
        at[a] = call.part.start[a];
      }
      if (a == call.part.rank) return;
    }
  }

 private:
  static bool isAmong(const Params& p, int axis) {
    for (const double a : p.axes)
      if (static_cast<int>(a) == axis) return true;
    return false;
  }

  static std::uint8_t* voxel(const Placed& placed, const Index& at) {
    auto* p = static_cast<std::uint8_t*>(placed.data);
    for (int a = 0; a < placed.rank; ++a) p += (at[a] - placed.start[a]) * placed.strides[a];
    return p;
  }

  static void row(const Params& p, const RegionCall& call, const Index& at) {
    const std::int64_t n = call.part.shape[0];
    const bool isAlong = isAmong(p, 0);
    auto* all = reinterpret_cast<std::uint8_t*>(call.local);
    std::memset(all, 1, static_cast<std::size_t>(n) + 2);
    Index near = at;
    near[0] = isAlong ? std::max<std::int64_t>(at[0] - 1, 0) : at[0];
    const std::int64_t first = near[0] - (at[0] - 1);
    const std::int64_t last = isAlong ? std::min(at[0] + n + 1, call.in[0].extent[0]) : at[0] + n;
    meet(p, call.in[0], near, Span{all + first, last - near[0]});
    const std::uint8_t* in = voxel(call.in[0], at);
    std::uint8_t* out = voxel(call.out[0], at);
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i) {
      const int inside = all[i + 1] & (isAlong ? all[i] & all[i + 2] : 1);
      out[i] = static_cast<std::uint8_t>((in[i] & 1) * (1 + 2 * (1 - (inside & 1))));
    }
  }

  struct Span {
    std::uint8_t* all;
    std::int64_t n;
  };

  // 1 where the rows around have nothing but object.
  static void meet(const Params& p, const Placed& in, const Index& centre, Span span) {
    Index low = centre, high = centre;
    for (int a = 1; a < in.rank; ++a) {
      if (!isAmong(p, a)) continue;
      low[a] = std::max<std::int64_t>(centre[a] - 1, 0);
      high[a] = std::min(centre[a] + 1, in.extent[a] - 1);
    }
    Index at = low;
    for (;;) {
      const std::uint8_t* row = voxel(in, at);
#pragma GCC ivdep
      for (std::int64_t i = 0; i < span.n; ++i) span.all[i] &= row[i];
      int a = 1;
      for (; a < in.rank; ++a) {
        if (++at[a] <= high[a]) break;
        at[a] = low[a];
      }
      if (a == in.rank) return;
    }
  }
};

template struct Registered<BorderMarks>;
#include "simd/end_kernel.h"
