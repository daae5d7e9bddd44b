#include "simd/begin_kernel.h"

#include "kernels/placed_voxels.h"
#include "kernels/warp_rows.h"

// How far a field of displacements leads along every one of its lines: the least step along each axis of the volume that is looked up,
// then the greatest ones, negated. Vectors that lead nowhere, infinite or NaN, take no part; Infinity where there is no other.
// The output has length 1 along the lines and six components.
struct DisplacementRangeRegion : RegionKernel {
  struct Params {
    std::span<const double> steps;
  };

  static constexpr auto name = "displacement_range_region";
  static constexpr auto fields = fieldsOf(field("steps", &Params::steps));
  static constexpr Types<Pair<float, double>, Pair<double, double>> types{};

  static std::string_view checkRegion(const Params& p, const RegionCall& call) {
    const Placed &in = call.in[0], &out = call.out[0];
    if (const auto wrong = checkField(in, p.steps); !wrong.empty()) return wrong;
    const int components = in.rank - 1;
    if (in.rank != out.rank || call.axis < 0 || call.axis >= components) return "ranks differ";
    if (out.shape[components] != 6) return "the output must have six components";
    for (int a = 0; a < components; ++a) {
      if (a == call.axis && (out.shape[a] != 1 || in.shape[a] < 1)) return "lines must become one voxel";
      if (a != call.axis &&
          (in.start[a] > out.start[a] || in.start[a] + in.shape[a] < out.start[a] + out.shape[a]))
        return "the field lacks voxels";
    }
    return {};
  }

  static unsigned wholeAxes(const Params&, const RegionCall& call) { return 1u << (call.out[0].rank - 1); }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    const Placed &in = call.in[0], &out = call.out[0];
    const int components = in.rank - 1, along = call.axis;
    eachLine(call.part, components, [&](const Index& at) {
      Index from = at;
      from[along] = in.start[along];
      double range[6];
      rangeOf<In>(p.steps, addressOf(in, from), in.strides[along], in.strides[components], in.shape[along],
                  range);
      writeLine(range, addressOf(out, at), out.strides[components], 6);
    });
  }

 private:
  template <class T>
  static void rangeOf(const StepMatrix& steps, const std::byte* line, std::ptrdiff_t stride,
                      std::ptrdiff_t component, std::int64_t n, double* range) {
    constexpr double none = std::numeric_limits<double>::infinity();
    for (int k = 0; k < 3; ++k) {
      double least = none, most = -none;
      for (std::int64_t i = 0; i < n; ++i) {
        const double step = stepAlong<T>(steps, k, line + i * stride, component);
        const bool leads = step > -none && step < none;
        least = leads && step < least ? step : least;
        most = leads && step > most ? step : most;
      }
      range[k] = least, range[3 + k] = -most;
    }
  }
};

template struct Registered<DisplacementRangeRegion>;
#include "simd/end_kernel.h"
