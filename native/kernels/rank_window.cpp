#include "simd/begin_kernel.h"

#include "kernels/box_radius.h"
#include "kernels/rank_select.h"

// The voxel of ascending position `index` (from 0) of the box of 2 * radius + 1 voxels per axis.
struct RankWindow : WindowKernel {
  struct Params {
    PerAxis radius;
    std::int64_t index = 0;
  };

  static constexpr auto name = "rank_window";
  static constexpr auto fields = fieldsOf(field("radius", &Params::radius), field("index", &Params::index));
  static constexpr Types<Same<std::uint8_t>, Same<std::int16_t>, Same<std::int32_t>, Same<std::int64_t>>
      types{};

  static Halo halo(const Params& p, int rank) { return haloOfRadius(p.radius, rank); }

  static std::string_view check(const Params& p) {
    if (const std::string_view wrong = checkRadius(p.radius); !wrong.empty()) return wrong;
    std::int64_t size = 1;
    for (const double r : p.radius.values) size *= 2 * static_cast<std::int64_t>(r) + 1;
    return p.index >= 0 && p.index < size ? "" : "index must be a position in the window";
  }

  template <class In, class Out>
  static void run(const Params& p, const Window<In>& in, const Box<Out>& out) {
    selectRank<In>(p.radius, p.index, in, out);
  }
};

template struct Registered<RankWindow>;
#include "simd/end_kernel.h"
