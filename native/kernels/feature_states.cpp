#include "simd/begin_kernel.h"

#include "kernels/line_strips.h"
#include "kernels/feature_lines.h"

// The states of lines of marks along `axis`, gathered from slabs given in order; right after the slab with the last voxel. Until then
// slot k + 1 holds what is known of segment k: the distance back from its last voxel so far, that of its first feature from its start.
struct FeatureStates : RegionKernel {
  struct Params {
    std::int64_t segment = 32;
  };

  static constexpr auto name = "feature_states";
  static constexpr auto fields = fieldsOf(field("segment", &Params::segment));
  static constexpr Types<Pair<std::uint8_t, float>> types{};

  static std::string_view check(const Params& p) { return checkFeatureSegment(p.segment); }

  static std::string_view checkRegion(const Params& p, const RegionCall& call) {
    const Placed &slab = call.in[0], &slots = call.out[0];
    if (call.axis < 0) return "an axis is needed";
    if (!holdsBeside(slab, slots, call.axis)) return "the slab must hold the lines of the states";
    if (slots.start[call.axis] != 0 || slots.shape[call.axis] != slots.extent[call.axis]) return "all states are needed";
    const std::int64_t wanted = (featureSegments(slab.extent[call.axis], p.segment) + 1) * kFeatureSlot;
    return slots.extent[call.axis] == wanted ? "" : "there must be two voxels per segment and two more";
  }

  static unsigned wholeAxes(const Params&, const RegionCall& call) { return 1u << call.axis; }

  static std::size_t localBytes(const Params&, const RegionCall& call) {
    return static_cast<std::size_t>(call.in[0].shape[call.axis]) * (kWidestStrip / sizeof(float)) + 64;
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    LineWalk walk(call.part, call.axis, call.in[0]);
    Strip<float> strip;
    while (walk.next(strip)) gather(Lines{call, strip, p.segment});
  }

 private:
  static constexpr int kWidth = kStripLanes<float>;
  using Slot = std::array<float, kWidth * kFeatureSlot>;  // back, then ahead

  struct Lines {
    const RegionCall& call;
    const Strip<float>& strip;
    std::int64_t segment;

    StripView<float, float> view(std::int64_t slot) const { return {call.out[0], call.axis, strip, slot * kFeatureSlot}; }
    Slot load(std::int64_t slot) const {
      Slot values;
      view(slot).load(values.data(), kFeatureSlot);
      return values;
    }
    void store(std::int64_t slot, const Slot& values) const { view(slot).store(values.data(), kFeatureSlot); }
  };

  static Slot nothing() {
    Slot slot;
    for (float& value : slot) value = kNever<float>;
    return slot;
  }

  static void gather(const Lines& lines) {
    const auto& [call, strip, length] = lines;
    const Placed& slab = call.in[0];
    const std::int64_t begin = slab.start[call.axis], end = endOf(slab, call.axis);
    auto* marks = reinterpret_cast<std::uint8_t*>(call.local);
    StripView<std::uint8_t, float>(slab, call.axis, strip, begin).load(marks, end - begin);
    if (begin == 0) lines.store(0, nothing());
    for (std::int64_t i = begin; i < end;) {
      const std::int64_t next = std::min(end, (i / length + 1) * length);
      addSegment(lines, marks + (i - begin) * kWidth, Interval{i, next});
      i = next;
    }
    if (end == slab.extent[call.axis]) scan(lines, end);
  }

  static void addSegment(const Lines& lines, const std::uint8_t* marks, Interval part) {
    const std::int64_t k = part.begin / lines.segment, from = part.begin - k * lines.segment;
    Slot slot = from == 0 ? lines.load(k) : lines.load(k + 1);
    float* ahead = slot.data() + kWidth;
    for (int l = 0; from == 0 && l < kWidth; ++l) ahead[l] = kNever<float>;
    for (std::int64_t i = 0; i < part.length(); ++i) {
      const std::uint8_t* row = marks + i * kWidth;
      walk(slot.data(), row);
      for (int l = 0; l < kWidth; ++l)
        if (row[l] & kFeatureMark && ahead[l] == kNever<float>) ahead[l] = static_cast<float>(from + i);
    }
    lines.store(k + 1, slot);
  }

  static void scan(const Lines& lines, std::int64_t extent) {
    std::array<float, kWidth> behind;
    for (float& value : behind) value = kNever<float>;
    for (std::int64_t k = featureSegments(extent, lines.segment); k >= 0; --k) {
      Slot slot = lines.load(k);
      const auto length = static_cast<float>(std::min(lines.segment, extent - (k - 1) * lines.segment));
      for (int l = 0; l < kWidth; ++l) {
        float& ahead = slot[kWidth + l];
        const float own = ahead;
        ahead = behind[l];
        behind[l] = own < kNever<float> ? own : behind[l] + length;
      }
      lines.store(k, slot);
    }
  }
};

template struct Registered<FeatureStates>;
#include "simd/end_kernel.h"
