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
      rangeOf<In>(p.steps, addressOf(in, from), {in.strides[along], in.strides[components]}, in.shape[along],
                  range);
      writeLine(range, addressOf(out, at), out.strides[components], 6);
    });
  }

 private:
  // Extremes of every so many-th vector of a line, and then of those.
  template <class T>
  static void rangeOf(const StepMatrix& steps, const std::byte* line, Vectors vectors, std::int64_t n,
                      double* range) {
    constexpr double none = std::numeric_limits<double>::infinity();
    double step[3][kMixed], least[3][kMixed], most[3][kMixed];
    double* const to[3] = {step[0], step[1], step[2]};
    for (int k = 0; k < 3; ++k)
      for (std::int64_t i = 0; i < kMixed; ++i) least[k][i] = none, most[k][i] = -none;
    for (std::int64_t first = 0; first < n; first += kMixed) {
      const std::int64_t count = std::min(kMixed, n - first);
      stepsOf<T>(steps, line + first * vectors.stride, vectors, count, to);
      for (int k = 0; k < 3; ++k)
        for (std::int64_t i = 0; i < count; ++i) {
          const double d = step[k][i];
          least[k][i] = d > -none && d < least[k][i] ? d : least[k][i];
          most[k][i] = d < none && d > most[k][i] ? d : most[k][i];
        }
    }
    for (int k = 0; k < 3; ++k) {
      for (std::int64_t half = kMixed / 2; half > 0; half /= 2)
        for (std::int64_t i = 0; i < half; ++i) {
          least[k][i] = std::min(least[k][i], least[k][half + i]);
          most[k][i] = std::max(most[k][i], most[k][half + i]);
        }
      range[k] = least[k][0], range[3 + k] = -most[k][0];
    }
  }
};

template struct Registered<DisplacementRangeRegion>;
#include "simd/end_kernel.h"
