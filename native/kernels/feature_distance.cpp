#include "simd/begin_kernel.h"

#include "kernels/line_strips.h"
#include "kernels/feature_lines.h"

// weight times the square of the distance in voxels, along the lines of `axis`, to the nearest feature. The input may be a run of whole
// segments; then states come from a second input. Without them nothing is known beyond the input. The output may hold less.
struct FeatureDistance : RegionKernel {
  struct Params {
    double weight = 1;
    std::int64_t segment = 32;
  };

  static constexpr auto name = "feature_distance";
  static constexpr auto fields = fieldsOf(field("weight", &Params::weight), field("segment", &Params::segment));
  static constexpr Types<Pair<std::uint8_t, float>, Pair<std::uint8_t, double>> types{};

  static std::string_view check(const Params& p) { return checkFeatureSegment(p.segment); }

  static std::string_view checkRegion(const Params& p, const RegionCall& call) {
    const int axis = call.axis;
    const Placed &in = call.in[0], &out = call.out[0];
    if (axis < 0) return "an axis is needed";
    if (!holdsBeside(in, out, axis)) return "the input must hold the lines of the output";
    if (in.extent[axis] != out.extent[axis] || in.start[axis] > out.start[axis] || endOf(in, axis) < endOf(out, axis))
      return "the input must hold the output along the lines";
    if (call.inputs < 2) return {};
    const Placed& slots = call.in[1];
    const std::int64_t end = endOf(in, axis);
    if (in.start[axis] % p.segment != 0 || (end % p.segment != 0 && end != in.extent[axis])) return "the input must hold whole segments";
    if (slots.dtype != DType::Float32 || !holdsBeside(slots, out, axis)) return "states must be those of the lines, in float32";
    const bool fits = slots.extent[axis] == (featureSegments(in.extent[axis], p.segment) + 1) * kFeatureSlot &&
                      slots.start[axis] <= in.start[axis] / p.segment * kFeatureSlot &&
                      endOf(slots, axis) >= (featureSegments(end, p.segment) + 1) * kFeatureSlot;
    return fits ? "" : "states at the ends of the input are missing";
  }

  static unsigned wholeAxes(const Params&, const RegionCall& call) { return 1u << call.axis; }

  static std::size_t localBytes(const Params&, const RegionCall& call) {
    return static_cast<std::size_t>(call.in[0].shape[call.axis]) * (kWidestStrip + kWidestStrip / sizeof(float)) + 64;
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    LineWalk walk(call.part, call.axis, call.out[0]);
    Strip<Out> strip;
    while (walk.next(strip)) lines<Out>(p, call, strip);
  }

 private:
  template <class T>
  using Lanes = std::array<T, kStripLanes<T>>;

  template <class T>
  static Lanes<T> given(const RegionCall& call, const Strip<T>& strip, std::int64_t slot, int which) {
    Lanes<T> lanes;
    std::array<float, kStripLanes<T>> values;
    StripView<float, T>(call.in[1], call.axis, strip, slot * kFeatureSlot + which).load(values.data(), 1);
    for (int l = 0; l < kStripLanes<T>; ++l) lanes[l] = static_cast<T>(values[l]);
    return lanes;
  }

  template <class T>
  static Lanes<T> never() {
    Lanes<T> lanes;
    for (T& value : lanes) value = kNever<T>;
    return lanes;
  }

  template <class T>
  static void lines(const Params& p, const RegionCall& call, const Strip<T>& strip) {
    const T weight = static_cast<T>(p.weight);
    constexpr int width = kStripLanes<T>;
    const int axis = call.axis;
    const Placed &in = call.in[0], &out = call.out[0];
    const std::int64_t begin = in.start[axis], n = in.shape[axis], end = begin + n;
    T* squares = reinterpret_cast<T*>(call.local);
    auto* marks = reinterpret_cast<std::uint8_t*>(squares + n * width);
    StripView<std::uint8_t, T>(in, axis, strip, begin).load(marks, n);
    Lanes<T> back = call.inputs > 1 ? given(call, strip, begin / p.segment, 0) : never<T>();
    for (std::int64_t i = 0; i < n; ++i) {
      walk(back.data(), marks + i * width);
      std::memcpy(squares + i * width, back.data(), sizeof back);
    }
    Lanes<T> ahead = call.inputs > 1 ? given(call, strip, featureSegments(end, p.segment), 1) : never<T>();
    for (std::int64_t i = n - 1; i >= 0; --i) {
      walk(ahead.data(), marks + i * width);
      T* row = squares + i * width;
#pragma GCC ivdep
      for (int l = 0; l < width; ++l) {
        const T nearest = ahead[l] < row[l] ? ahead[l] : row[l];
        row[l] = nearest * nearest * weight;
      }
    }
    const std::int64_t first = out.start[axis];
    StripView<T, T>(out, axis, strip, first).store(squares + (first - begin) * width, out.shape[axis]);
  }
};

template struct Registered<FeatureDistance>;
#include "simd/end_kernel.h"
