#include "simd/begin_kernel.h"

#include "kernels/placed_voxels.h"
#include "kernels/point_rows.h"

// Sums in double of the lines along an axis, in the order of the index, divided by a number. The output has length 1 along the axis.
struct ProjectSumRegion : RegionKernel {
  struct Params {
    double divisor = 1;
  };

  static constexpr auto name = "project_sum_region";
  static constexpr auto fields = fieldsOf(field("divisor", &Params::divisor));
  static constexpr Types<Pair<std::uint8_t, double>, Pair<std::int8_t, double>, Pair<std::uint16_t, double>,
                         Pair<std::int16_t, double>, Pair<std::uint32_t, double>, Pair<std::int32_t, double>,
                         Pair<float, double>, Pair<double, double>>
      types{};

  static std::string_view checkRegion(const Params&, const RegionCall& call) { return checkLines(call); }
  static std::size_t localBytes(const Params&, const RegionCall&) {
    return static_cast<std::size_t>(2 * LocalMemory::bytesOf<double>(kLines));
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    LocalMemory local(call.local);
    In* voxels = local.take<In>(kLines);
    double* sums = local.take<double>(kLines);
    eachBundle(call, [&](const Lines& lines, std::byte* to, std::ptrdiff_t toStride) {
      const std::int64_t n = lines.count;
      for (std::int64_t l = 0; l < n; ++l) sums[l] = 0;
      for (std::int64_t i = 0; i < lines.length; ++i) {
        readLine(lines.from + i * lines.step, lines.across, voxels, n);
#pragma GCC ivdep
        for (std::int64_t l = 0; l < n; ++l) sums[l] += static_cast<double>(voxels[l]);
      }
      for (std::int64_t l = 0; l < n; ++l) sums[l] = canonical(sums[l] / p.divisor);
      writeLine(sums, to, toStride, n);
    });
  }
};

template struct Registered<ProjectSumRegion>;
#include "simd/end_kernel.h"
