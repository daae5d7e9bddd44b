#include "simd/begin_kernel.h"

#include "kernels/line_strips.h"
#include "kernels/recursion.h"

// What lies at the cuts of lines along `axis`, gathered from slabs given in order: slot k of the output (eight voxels along the axis)
// holds the causal state before segment k and the anticausal state from the first voxel of segment k on; the slot behind the last
// segment is there too. After the slab with the last voxel all slots are right. Slot k + 1 holds what is known of segment k before.
struct RecursiveGaussianStates : RegionKernel {
  struct Params {
    std::span<const double> poles;   // of the two sections, re and im
    std::span<const double> gains;   // 1 / (1 - p)
    std::span<const double> powers;  // p^0 … p^64
  };

  static constexpr auto name = "recursive_gaussian_states";
  static constexpr auto fields = fieldsOf(field("poles", &Params::poles), field("gains", &Params::gains),
                                          field("powers", &Params::powers));
  static constexpr IntoReal types{};

  static std::string_view check(const Params& p) {
    const bool fits = p.poles.size() == kSectionValues && p.gains.size() == kSectionValues &&
                      p.powers.size() == (kSegment + 1) * kSectionValues;
    return fits ? "" : "poles and gains must hold 4 numbers, powers 260";
  }

  static std::string_view checkRegion(const Params&, const RegionCall& call) {
    const Placed &slab = call.in[0], &slots = call.out[0];
    if (call.axis < 0) return "an axis is needed";
    if (!holdsBeside(slab, slots, call.axis)) return "the slab must hold the lines of the states";
    if (slots.start[call.axis] != 0 || slots.shape[call.axis] != slots.extent[call.axis])
      return "all states are needed";
    const std::int64_t wanted = (segmentsOf(slab.extent[call.axis]) + 1) * kSlotValues;
    return slots.extent[call.axis] == wanted ? "" : "there must be eight voxels per segment and eight more";
  }

  static unsigned wholeAxes(const Params&, const RegionCall& call) { return 1u << call.axis; }

  static std::size_t localBytes(const Params&, const RegionCall& call) {
    return static_cast<std::size_t>(call.in[0].shape[call.axis] + 4 * kSlotValues) * kWidestStrip;
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    const Recursion<Out> recursion(p.poles.data(), p.gains.data(), p.powers.data());
    LineWalk walk(call.part, call.axis, call.in[0]);
    Strip<Out> strip;
    while (walk.next(strip)) gather<In>(Lines<Out>{recursion, call, strip});
  }

 private:
  template <class T>
  struct Lines {
    const Recursion<T>& recursion;
    const RegionCall& call;
    const Strip<T>& strip;

    const Placed& slab() const { return call.in[0]; }
    std::int64_t extent() const { return slab().extent[call.axis]; }
    // One direction's half of a slot: 0 the causal one, 1 the other.
    StripView<T, T> half(std::int64_t slot, int which) const {
      return {call.out[0], call.axis, strip, slot * kSlotValues + which * kSectionValues};
    }
    typename Recursion<T>::State loadHalf(std::int64_t slot, int which, T* room) const {
      half(slot, which).load(room, kSectionValues);
      return Recursion<T>::loadState(room);
    }
    void storeHalf(std::int64_t slot, int which, const typename Recursion<T>::State& s, T* room) const {
      Recursion<T>::storeState(s, room);
      half(slot, which).store(room, kSectionValues);
    }
  };

  template <class In, class T>
  static void gather(const Lines<T>& lines) {
    const int axis = lines.call.axis;
    const std::int64_t begin = lines.slab().start[axis], end = endOf(lines.slab(), axis);
    T* x = reinterpret_cast<T*>(lines.call.local);
    T* room = x + (end - begin) * kStripLanes<T>;
    StripView<In, T>(lines.slab(), axis, lines.strip, begin).load(x, end - begin);
    if (begin == 0) lines.storeHalf(0, 0, lines.recursion.steady(x), room);
    for (std::int64_t i = begin; i < end;) {
      const std::int64_t next = std::min(end, (i / kSegment + 1) * kSegment);
      segment(lines, x + (i - begin) * kStripLanes<T>, Interval{i, next}, room);
      i = next;
    }
    if (end == lines.extent()) scan(lines, x + (end - 1 - begin) * kStripLanes<T>, room);
  }

  template <class T>
  static void segment(const Lines<T>& lines, const T* x, Interval part, T* room) {
    const std::int64_t k = part.begin / kSegment;
    const bool isStart = part.begin % kSegment == 0;
    auto s = isStart ? Recursion<T>::settled(lines.loadHalf(k, 0, room)) : lines.loadHalf(k + 1, 0, room);
    auto own = isStart ? typename Recursion<T>::State{} : lines.loadHalf(k + 1, 1, room);
    for (std::int64_t i = 0; i < part.length(); ++i)
      for (int v = 0; v < 2; ++v) lines.recursion.step(s, load(x + i * kStripLanes<T> + v * kLanes<T>), v);
    lines.recursion.contribute(own, x, part.begin - k * kSegment, part.length());
    lines.storeHalf(k + 1, 0, s, room);
    lines.storeHalf(k + 1, 1, own, room);
  }

  // Until now slot k + 1 holds segment k's own contribution: it becomes the state from segment k + 1 on.
  template <class T>
  static void scan(const Lines<T>& lines, const T* last, T* room) {
    const std::int64_t segments = segmentsOf(lines.extent());
    auto behind = lines.recursion.steady(last);
    for (std::int64_t k = segments - 1; k >= 0; --k) {
      const auto own = lines.loadHalf(k + 1, 1, room);
      lines.storeHalf(k + 1, 1, behind, room);
      behind = lines.recursion.before(behind, own, std::min(kSegment, lines.extent() - k * kSegment));
    }
    lines.storeHalf(0, 1, behind, room);
  }
};

template struct Registered<RecursiveGaussianStates>;
#include "simd/end_kernel.h"
