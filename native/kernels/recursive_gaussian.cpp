#include "simd/begin_kernel.h"

#include "kernels/line_strips.h"
#include "kernels/recursion.h"

// The recursive Gaussian and its derivatives along the lines of one or more axes, one axis after another, while the voxels across the
// other axes are in cache. One axis may have two outputs: two filters of one sigma. Along a single axis the input may be a run of whole
// segments; then the states at its ends come from a second input, and the output may hold less than the input.
struct RecursiveGaussian : RegionKernel {
  struct Params {
    std::span<const double> axes;     // in the order in which they are done
    std::span<const double> poles;    // per axis, as in recursive_gaussian_states
    std::span<const double> gains;    // per axis
    std::span<const double> powers;   // per axis
    std::span<const double> weights;  // per axis and output: h0, w, v as factors of re, im, re, im
  };

  static constexpr auto name = "recursive_gaussian";
  static constexpr auto fields =
      fieldsOf(field("axes", &Params::axes), field("poles", &Params::poles), field("gains", &Params::gains),
               field("powers", &Params::powers), field("weights", &Params::weights));
  static constexpr IntoReal types{};

  static constexpr int kWeights = 1 + 2 * kSectionValues;
  static constexpr int kPowers = (kSegment + 1) * kSectionValues;

  static std::string_view check(const Params& p) {
    const std::size_t n = p.axes.size();
    for (const double axis : p.axes)
      if (!(axis >= 0 && axis < kMaxRank) || axis != static_cast<double>(static_cast<int>(axis)))
        return "axes must be axes";
    const bool fits = n >= 1 && n <= kMaxRank && p.poles.size() == n * kSectionValues &&
                      p.gains.size() == n * kSectionValues && p.powers.size() == n * kPowers;
    return fits ? "" : "poles, gains and powers must hold 4, 4 and 260 numbers per axis";
  }

  static std::string_view checkRegion(const Params& p, const RegionCall& call) {
    const auto outputs = static_cast<std::size_t>(call.outputs);
    if (outputs > 2 || (outputs == 2 && p.axes.size() != 1))
      return "two outputs go with one axis, more with none";
    if (p.weights.size() != p.axes.size() * outputs * kWeights)
      return "weights must hold 9 numbers per axis and output";
    for (const double number : p.axes) {
      const int axis = static_cast<int>(number);
      if (axis >= call.out[0].rank) return "axes must be axes of the output";
      for (std::size_t o = 0; o < outputs; ++o)
        if (const auto wrong = checkOutput(call, axis, call.out[o]); !wrong.empty()) return wrong;
      if (isWhole(call.in[0], axis)) continue;
      if (p.axes.size() > 1) return "lines along several axes must be whole";
      if (const auto wrong = checkStates(call, axis); !wrong.empty()) return wrong;
    }
    return {};
  }

  static unsigned wholeAxes(const Params& p, const RegionCall&) {
    unsigned mask = 0;
    for (const double axis : p.axes) mask |= 1u << static_cast<int>(axis);
    return mask;
  }

  static std::size_t localBytes(const Params& p, const RegionCall& call) {
    std::int64_t longest = 0;
    for (const double axis : p.axes) longest = std::max(longest, call.in[0].shape[static_cast<int>(axis)]);
    const std::int64_t rows = longest * (2 + call.outputs) + (segmentsOf(longest) + 3) * kSectionValues;
    return static_cast<std::size_t>(rows) * kWidestStrip;
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    std::array<Axis<Out>, kMaxRank> axes;
    const int count = static_cast<int>(p.axes.size());
    for (int k = 0; k < count; ++k) axes[k] = axisOf<Out>(p, k, call.outputs);
    if (count == 1) return lines<In>(axes[0], call, call.part);
    RegionCall later = call;
    later.in[0] = call.out[0];
    eachAcross(call.part, wholeAxes(p, call), [&](const Region& plane) {
      lines<In>(axes[0], call, plane);
      for (int k = 1; k < count; ++k) lines<Out>(axes[k], later, plane);
    });
  }

 private:
  template <class T>
  struct Axis {
    int axis = 0;
    int outputs = 1;
    const double* poles = nullptr;
    const double* gains = nullptr;
    const double* powers = nullptr;
    std::array<std::array<T, kWeights>, 2> weights{};
  };

  // A strip at work: voxels and results in scratch, lanes beside each other.
  template <class T>
  struct Work {
    const Recursion<T>& recursion;
    const Axis<T>& axis;
    const RegionCall& call;
    Strip<T> strip{};
    T* x = nullptr;
    std::array<T*, 2> y{};
    T* own = nullptr;   // per segment: its own contribution
    T* room = nullptr;
    // Rows of the input to be copied in passing, one for each row computed: those of the next strip, so that fetching them takes no time of
    // its own.
    const std::byte* ahead = nullptr;
    std::ptrdiff_t aheadStep = 0;
    T* spare = nullptr;
    // Where results go at last, and the bytes between rows.
    std::array<std::byte*, 2> to{};
    std::array<std::ptrdiff_t, 2> toStep{};

    const Placed& in() const { return call.in[0]; }
    std::int64_t begin() const { return in().start[axis.axis]; }
    std::int64_t end() const { return endOf(in(), axis.axis); }
    std::int64_t extent() const { return in().extent[axis.axis]; }
    T* at(T* rows, std::int64_t i) const { return rows + (i - begin()) * kStripLanes<T>; }
    T* ownOf(std::int64_t segment) const {
      return own + (segment - begin() / kSegment) * kSectionValues * kStripLanes<T>;
    }
    typename Recursion<T>::State given(std::int64_t slot, int which) const {
      const StripView<T, T> half{call.in[1], axis.axis, strip, slot * kSlotValues + which * kSectionValues};
      half.load(room, kSectionValues);
      return Recursion<T>::loadState(room);
    }
  };

  static bool isWhole(const Placed& placed, int axis) {
    return placed.start[axis] == 0 && placed.shape[axis] == placed.extent[axis];
  }

  static std::string_view checkOutput(const RegionCall& call, int axis, const Placed& out) {
    const Placed &in = call.in[0], &first = call.out[0];
    if (out.dtype != first.dtype) return "outputs must be of one dtype";
    if (!holdsBeside(in, out, axis) || !holdsBeside(out, first, axis))
      return "the input must hold the lines of the output";
    const bool isInside = in.extent[axis] == out.extent[axis] && in.start[axis] <= out.start[axis] &&
                          endOf(in, axis) >= endOf(out, axis);
    return isInside ? "" : "the input must hold the output along the lines";
  }

  static std::string_view checkStates(const RegionCall& call, int axis) {
    const Placed& in = call.in[0];
    const std::int64_t end = endOf(in, axis);
    if (in.start[axis] % kSegment != 0 || (end % kSegment != 0 && end != in.extent[axis]))
      return "the input must hold whole segments";
    if (call.inputs < 2) return "states are missing";
    const Placed& slots = call.in[1];
    if (slots.dtype != call.out[0].dtype) return "states must be of the output's dtype";
    if (!holdsBeside(slots, call.out[0], axis)) return "states must be those of the lines";
    if (slots.extent[axis] != (segmentsOf(in.extent[axis]) + 1) * kSlotValues)
      return "there must be eight voxels of states per segment and eight more";
    const bool fits = slots.start[axis] <= in.start[axis] / kSegment * kSlotValues &&
                      endOf(slots, axis) >= (segmentsOf(end) + 1) * kSlotValues;
    return fits ? "" : "states at the ends of the input are missing";
  }

  template <class T>
  static Axis<T> axisOf(const Params& p, int k, int outputs) {
    Axis<T> axis{static_cast<int>(p.axes[k]), outputs, p.poles.data() + k * kSectionValues,
                 p.gains.data() + k * kSectionValues, p.powers.data() + k * kPowers};
    for (int o = 0; o < outputs; ++o)
      for (int i = 0; i < kWeights; ++i)
        axis.weights[o][i] = static_cast<T>(p.weights[(k * outputs + o) * kWeights + i]);
    return axis;
  }

  template <class In, class T>
  static void lines(const Axis<T>& axis, const RegionCall& call, const Region& part) {
    static_assert(sizeof(In) <= sizeof(T));
    const Recursion<T> recursion(axis.poles, axis.gains, axis.powers);
    Work<T> work{recursion, axis, call};
    const std::int64_t n = call.in[0].shape[axis.axis], rows = n * kStripLanes<T>;
    work.x = reinterpret_cast<T*>(call.local);
    work.spare = work.x + rows;
    for (int o = 0; o < axis.outputs; ++o) work.y[o] = work.spare + (1 + o) * rows;
    work.own = work.spare + (1 + axis.outputs) * rows;
    work.room = work.own + (segmentsOf(n) + 1) * kSectionValues * kStripLanes<T>;
    LineWalk walk(part, axis.axis, call.in[0]);
    Strip<T> next;
    bool isMore = walk.next(next), isFetched = false;
    while (isMore) {
      work.strip = next;
      if (isFetched) std::swap(work.x, work.spare);
      else StripView<In, T>(call.in[0], axis.axis, work.strip, work.begin()).load(work.x, n);
      isMore = walk.next(next);
      isFetched = isMore && fetchAhead<In>(work, next);
      // Any memory that may be read: nothing is made of it.
      if (!isFetched) work.ahead = reinterpret_cast<std::byte*>(work.x), work.aheadStep = sizeof(T) * kStripLanes<T>;
      axis.outputs == 1 ? compute<In, T, 1>(work) : compute<In, T, 2>(work);
    }
  }

  template <class In, class T>
  static bool fetchAhead(Work<T>& work, const Strip<T>& next) {
    const StripView<In, T> view(work.call.in[0], work.axis.axis, next, work.begin());
    work.ahead = view.row();
    work.aheadStep = view.step();
    return view.isRow();
  }

  // Results go straight to rows of the output where it is as long as the input, else by way of scratch.
  template <class In, class T, int Outputs>
  static void compute(Work<T>& work) {
    const int axis = work.axis.axis;
    bool isDirect[Outputs];
    for (int o = 0; o < Outputs; ++o) {
      const Placed& out = work.call.out[o];
      const StripView<T, T> view(out, axis, work.strip, out.start[axis]);
      isDirect[o] = view.isRow() && out.shape[axis] == work.in().shape[axis];
      work.to[o] = isDirect[o] ? view.row() : reinterpret_cast<std::byte*>(work.y[o]);
      work.toStep[o] = isDirect[o] ? view.step() : static_cast<std::ptrdiff_t>(sizeof(T) * kStripLanes<T>);
    }
    filter<In, T, Outputs>(work);
    for (int o = 0; o < Outputs; ++o) {
      if (isDirect[o]) continue;
      const Placed& out = work.call.out[o];
      const std::int64_t first = out.start[axis];
      StripView<T, T>(out, axis, work.strip, first).store(work.at(work.y[o], first), out.shape[axis]);
    }
  }

  template <class In, class T, int Outputs>
  static void filter(const Work<T>& work) {
    const Recursion<T>& recursion = work.recursion;
    const std::int64_t begin = work.begin(), end = work.end();
    auto s = begin == 0 ? recursion.steady(work.x) : work.given(begin / kSegment, 0);
    for (std::int64_t i = begin; i < end; i += kSegment) {
      const std::int64_t n = std::min(kSegment, end - i);
      if (i > 0) s = recursion.settled(s);
      causal<In, T, Outputs>(work, i, n, s);
      if (i == begin) continue;
      typename Recursion<T>::State own{};
      recursion.contribute(own, work.at(work.x, i), 0, n);
      recursion.storeState(own, work.ownOf(i / kSegment));
    }
    auto behind =
        end == work.extent() ? recursion.steady(work.at(work.x, end - 1)) : work.given(end / kSegment, 1);
    for (std::int64_t k = segmentsOf(end) - 1; k * kSegment >= begin; --k) {
      const std::int64_t i = k * kSegment, n = std::min(kSegment, end - i);
      anticausal<T, Outputs>(work, i, n, behind);
      if (i > begin) behind = recursion.before(behind, recursion.loadState(work.ownOf(k)), n);
    }
  }

  template <class T>
  static Vector<T> weighted(const typename Recursion<T>::State& s, const T* w, int v) {
    return (s[0][v] * splat(w[0]) + s[1][v] * splat(w[1])) + (s[2][v] * splat(w[2]) + s[3][v] * splat(w[3]));
  }

  template <class In, class T, int Outputs>
  static void causal(const Work<T>& work, std::int64_t first, std::int64_t n, typename Recursion<T>::State& state) {
    const Recursion<T>& recursion = work.recursion;
    const auto weights = work.axis.weights;
    const T* x = work.at(work.x, first);
    T* spare = work.at(work.spare, first);
    const std::byte* ahead = work.ahead + (first - work.begin()) * work.aheadStep;
    T* y[Outputs];
    for (int o = 0; o < Outputs; ++o) y[o] = work.at(work.y[o], first);
    auto s = state;
    for (std::int64_t i = 0; i < n; ++i, ahead += work.aheadStep) {
      fetchRow<In, T>(ahead + kReadAhead * work.aheadStep);
      for (int v = 0; v < 2; ++v) {
        const std::ptrdiff_t at = i * kStripLanes<T> + v * kLanes<T>;
        store(spare + at, loadAs<T>(reinterpret_cast<const In*>(ahead) + v * kLanes<T>));
        const Vector<T> voxel = load(x + at);
        for (int o = 0; o < Outputs; ++o)
          store(y[o] + at, voxel * splat(weights[o][0]) + weighted<T>(s, weights[o].data() + 1, v));
        recursion.step(s, voxel, v);
      }
    }
    state = s;
  }

  template <class T, int Outputs>
  static void anticausal(const Work<T>& work, std::int64_t first, std::int64_t n, const typename Recursion<T>::State& state) {
    const Recursion<T>& recursion = work.recursion;
    const auto weights = work.axis.weights;
    const T* x = work.at(work.x, first);
    const T* y[Outputs];
    std::byte* to[Outputs];
    for (int o = 0; o < Outputs; ++o) {
      y[o] = work.at(work.y[o], first);
      to[o] = work.to[o] + (first - work.begin()) * work.toStep[o];
    }
    auto t = state;
    for (std::int64_t i = n - 1; i >= 0; --i) {
      for (int o = 0; o < Outputs; ++o) fetchRow<T, T, true>(to[o] + (i - kWrittenAhead) * work.toStep[o]);
      for (int v = 0; v < 2; ++v) {
        const std::ptrdiff_t at = i * kStripLanes<T> + v * kLanes<T>;
        for (int o = 0; o < Outputs; ++o) {
          T* row = reinterpret_cast<T*>(to[o] + i * work.toStep[o]);
          store(row + v * kLanes<T>, withQuietNans<T>(load(y[o] + at) + weighted<T>(t, weights[o].data() + 1 + kSectionValues, v)));
        }
        recursion.step(t, load(x + at), v);
      }
    }
  }
};

template struct Registered<RecursiveGaussian>;
#include "simd/end_kernel.h"
