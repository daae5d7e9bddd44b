#include "simd/begin_kernel.h"

#include "kernels/placed_voxels.h"

// Coefficients of the cubic B-spline through the voxels of lines along one axis, mirrored at their ends ('reflect'): 6 times the causal
// and the anticausal recursion with the pole sqrt(3) - 2 (Unser 1999). Lines are cut at multiples of kSegment of the index, and each
// piece starts kWarmUp voxels before and behind itself, where the pole's power is below 2^-53: so any region gives the same bits.
struct CubicPrefilterRegion : RegionKernel {
  struct Params {};

  static constexpr auto name = "cubic_prefilter_region";
  static constexpr auto fields = fieldsOf();
  static constexpr Types<Same<float>, Same<double>> types{};

  static constexpr std::int64_t kSegment = 64, kWarmUp = 28;
  static constexpr std::int64_t kWindow = kSegment + 2 * kWarmUp;

  static std::string_view checkRegion(const Params&, const RegionCall& call) {
    const Placed &in = call.in[0], &out = call.out[0];
    if (in.rank != out.rank) return "ranks differ";
    if (call.axis < 0) return "an axis must be given";
    for (int a = 0; a < out.rank; ++a) {
      Interval wanted{out.start[a], out.start[a] + out.shape[a]};
      if (in.extent[a] != out.extent[a]) return "the volumes differ in shape";
      if (a == call.axis) wanted = reachOf(wanted, in.extent[a]);
      if (in.start[a] > wanted.begin || in.start[a] + in.shape[a] < wanted.end)
        return "the input lacks voxels";
    }
    return {};
  }

  static unsigned wholeAxes(const Params&, const RegionCall& call) { return 1u << call.axis; }

  static std::size_t localBytes(const Params&, const RegionCall&) {
    return kWindow * kLines * sizeof(double);
  }

  template <class In, class Out>
  static void run(const Params&, const RegionCall& call) {
    const Placed &in = call.in[0], &out = call.out[0];
    const int axis = call.axis, across = acrossOf(in, axis);
    const Interval line = call.part.axis(axis);
    const Interval lines = across < 0 ? Interval{0, 1} : call.part.axis(across);
    Region rest = call.part;
    rest.shape[axis] = 1;
    In* window = reinterpret_cast<In*>(call.local);
    eachLine(rest, across < 0 ? axis : across, [&](Index at) {
      for (std::int64_t l = lines.begin; l < lines.end; l += kLines) {
        const Bundle bundle{axis, across, std::min(kLines, lines.end - l)};
        if (across >= 0) at[across] = l;
        for (std::int64_t first = line.begin / kSegment * kSegment; first < line.end; first += kSegment)
          segment(bundle, in, out, at, {first, clip({first, first + kSegment}, line)}, window);
      }
    });
  }

 private:
  // Lines side by side.
  struct Bundle {
    int axis;
    int across;  // -1: one line
    std::int64_t count;
  };

  struct Piece {
    std::int64_t anchor;
    Interval wanted;
  };

  static std::int64_t mirrored(std::int64_t i, std::int64_t n) {
    if (n == 1) return 0;
    const std::int64_t period = 2 * n - 2, at = ((i % period) + period) % period;
    return at < n ? at : period - at;
  }

  // The voxels that the pieces of an interval read.
  static Interval reachOf(Interval wanted, std::int64_t n) {
    const std::int64_t first = wanted.begin / kSegment * kSegment - kWarmUp;
    const std::int64_t end = std::min((wanted.end - 1) / kSegment * kSegment + kSegment, n) + kWarmUp;
    Interval reach{n, 0};
    for (std::int64_t i = first; i < end; ++i) reach = hull(reach, {mirrored(i, n), mirrored(i, n) + 1});
    return reach;
  }

  // The axis whose neighbours lie closest together; -1 when there is no other.
  static int acrossOf(const Placed& in, int axis) {
    int best = -1;
    for (int a = 0; a < in.rank; ++a)
      if (a != axis && in.shape[a] > 1 &&
          (best < 0 || magnitude(in.strides[a]) < magnitude(in.strides[best])))
        best = a;
    return best;
  }

  static std::ptrdiff_t magnitude(std::ptrdiff_t stride) { return stride < 0 ? -stride : stride; }

  template <class T>
  static void segment(const Bundle& bundle, const Placed& in, const Placed& out, Index at, const Piece& piece,
                      T* window) {
    const std::int64_t n = in.extent[bundle.axis], first = piece.anchor - kWarmUp;
    const std::int64_t count = std::min(piece.anchor + kSegment, n) + kWarmUp - first;
    const std::ptrdiff_t inStep = bundle.across < 0 ? 0 : in.strides[bundle.across];
    const std::ptrdiff_t outStep = bundle.across < 0 ? 0 : out.strides[bundle.across];
    for (std::int64_t i = 0; i < count; ++i) {
      at[bundle.axis] = mirrored(first + i, n);
      readLine(addressOf(in, at), inStep, window + i * kLines, bundle.count);
    }
    recur(window, count);
    for (std::int64_t i = piece.wanted.begin; i < piece.wanted.end; ++i) {
      at[bundle.axis] = i;
      writeLine(window + (i - first) * kLines, addressOf(out, at), outStep, bundle.count);
    }
  }

  template <class T>
  static void recur(T* window, std::int64_t count) {
    constexpr T pole = static_cast<T>(-0.26794919243112270647);
    for (std::int64_t i = 1; i < count; ++i) {
      T *own = window + i * kLines, *before = own - kLines;
#pragma GCC ivdep
      for (std::int64_t l = 0; l < kLines; ++l) own[l] = own[l] + pole * before[l];
    }
    T* last = window + (count - 1) * kLines;
    for (std::int64_t l = 0; l < kLines; ++l) last[l] = pole * -last[l];
    for (std::int64_t i = count - 2; i >= kWarmUp; --i) {
      T *own = window + i * kLines, *behind = own + kLines;
#pragma GCC ivdep
      for (std::int64_t l = 0; l < kLines; ++l) own[l] = pole * (behind[l] - own[l]);
    }
    for (std::int64_t i = kWarmUp * kLines; i < count * kLines; ++i) window[i] = T(6) * window[i];
  }
};

template struct Registered<CubicPrefilterRegion>;
#include "simd/end_kernel.h"
