#include "simd/begin_kernel.h"

#include "kernels/placed_voxels.h"
#include "kernels/point_rows.h"

// Central differences f[+1] - f[-1] along some axes and weighted sums of them: output component c is the sum over the axes of
// weights[c · axes + a] times the difference along axes[a], weight 0 apart. Voxels of several components have one more axis, the last;
// each makes all output components. Values outside the volume are those of the border.
struct GradientRegion : RegionKernel {
  struct Params {
    std::span<const double> axes;
    std::span<const double> weights;
    std::int32_t rank = 0;    // axes of the volume
    std::int32_t border = 0;  // edge, constant, symmetric, reflect, wrap
    double outside = 0;
  };

  static constexpr auto name = "gradient_region";
  static constexpr auto fields =
      fieldsOf(field("axes", &Params::axes), field("weights", &Params::weights), field("rank", &Params::rank),
               field("border", &Params::border), field("outside", &Params::outside));
  static constexpr Types<Same<float>, Same<double>> types{};

  static std::string_view check(const Params& p) {
    if (p.border < 0 || p.border > 4) return "border must be in [0, 4]";
    if (p.axes.empty() || p.weights.empty() || p.weights.size() % p.axes.size() != 0)
      return "a weight is missing";
    if (p.rank < 1 || p.rank >= kMaxRank || p.axes.size() > static_cast<std::size_t>(p.rank))
      return "rank is out of range";
    for (const double axis : p.axes)
      if (!(axis >= 0 && axis < p.rank) || axis != static_cast<int>(axis)) return "an axis is out of range";
    return {};
  }

  static std::string_view checkRegion(const Params& p, const RegionCall& call) {
    const Placed &in = call.in[0], &out = call.out[0];
    if (in.rank < p.rank || in.rank > p.rank + 1 || out.rank < p.rank || out.rank > p.rank + 1)
      return "ranks differ";
    if (componentsOf(out, p) !=
        componentsOf(in, p) * static_cast<std::int64_t>(p.weights.size() / p.axes.size()))
      return "the output has another number of components";
    for (int a = 0; a < p.rank; ++a) {
      if (in.extent[a] != out.extent[a]) return "the volumes differ in shape";
      if (in.start[a] > out.start[a] || in.start[a] + in.shape[a] < out.start[a] + out.shape[a])
        return "the input lacks voxels";
    }
    return {};
  }

  static unsigned wholeAxes(const Params& p, const RegionCall&) { return 1u << p.rank; }

  static std::size_t localBytes(const Params& p, const RegionCall&) {
    const auto axes = static_cast<std::int64_t>(p.axes.size());
    return static_cast<std::size_t>((axes + 3) * LocalMemory::bytesOf<double>(kChunk + 2));
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    const Placed &in = call.in[0], &out = call.out[0];
    Work<In> work{p, in, LocalMemory(call.local)};
    const std::int64_t inputs = componentsOf(in, p), outputs = componentsOf(out, p) / inputs;
    Region rows = call.part;
    rows.rank = p.rank;
    eachLine(rows, 0, [&](Index at) {
      const Interval row = call.part.axis(0);
      for (std::int64_t x = row.begin; x < row.end; x += kChunk) {
        const std::int64_t n = std::min(kChunk, row.end - x);
        at[0] = x;
        for (std::int64_t k = 0; k < inputs; ++k) {
          at[p.rank] = k;
          for (std::size_t a = 0; a < p.axes.size(); ++a) work.difference(a, at, n);
          for (std::int64_t c = 0; c < outputs; ++c) {
            at[p.rank] = k * outputs + c;
            work.sum(static_cast<std::size_t>(c), n);
            writeLine(work.sums, addressOf(out, at), out.strides[0], n);
          }
        }
      }
    });
  }

 private:
  static constexpr std::int64_t kChunk = 1024;

  static std::int64_t componentsOf(const Placed& placed, const Params& p) {
    return placed.rank > p.rank ? placed.extent[p.rank] : 1;
  }

  // The voxel that stands for one beside the volume; -1: none does.
  static std::int64_t borderIndex(std::int64_t i, std::int64_t n, int border) {
    if (i >= 0 && i < n) return i;
    if (border == 1) return -1;
    if (border == 3) return n == 1 ? 0 : i < 0 ? 1 : n - 2;
    if (border == 4) return i < 0 ? n - 1 : 0;
    return i < 0 ? 0 : n - 1;
  }

  template <class T>
  struct Work {
    const Params& p;
    const Placed& in;
    std::array<T*, kMaxRank> differences{};
    T* before;
    T* behind;
    T* sums;

    Work(const Params& params, const Placed& input, LocalMemory local) : p(params), in(input) {
      for (std::size_t a = 0; a < p.axes.size(); ++a) differences[a] = local.take<T>(kChunk);
      before = local.take<T>(kChunk + 2);
      behind = local.take<T>(kChunk + 2);
      sums = local.take<T>(kChunk);
    }

    // f[+1] - f[-1] along an axis for n voxels of a row.
    void difference(std::size_t k, const Index& at, std::int64_t n) {
      const int axis = static_cast<int>(p.axes[k]);
      const T* next = behind;
      if (axis == 0) {
        Index from = at;
        from[0] = at[0] - 1;
        voxels(from, 0, 1, before);
        voxels(at, 0, n, before + 1);
        from[0] = at[0] + n;
        voxels(from, 0, 1, before + 1 + n);
        next = before + 2;
      } else {
        Index from = at;
        --from[axis];
        voxels(from, axis, n, before);
        from[axis] += 2;
        voxels(from, axis, n, behind);
      }
      T* to = differences[k];
      for (std::int64_t i = 0; i < n; ++i) to[i] = next[i] - before[i];
    }

    // Voxels of a row, which may lie outside along one axis.
    void voxels(Index at, int axis, std::int64_t n, T* to) {
      at[axis] = borderIndex(at[axis], in.extent[axis], p.border);
      if (at[axis] < 0) {
        for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<T>(p.outside);
        return;
      }
      const std::int64_t last = in.start[axis] + in.shape[axis] - 1;
      at[axis] = at[axis] < in.start[axis] ? in.start[axis] : at[axis] > last ? last : at[axis];
      readLine(addressOf(in, at), in.strides[0], to, n);
    }

    void sum(std::size_t component, std::int64_t n) {
      bool isFirst = true;
      for (std::size_t a = 0; a < p.axes.size(); ++a) {
        const T weight = static_cast<T>(p.weights[component * p.axes.size() + a]);
        if (weight == 0) continue;
        const T* from = differences[a];
        for (std::int64_t i = 0; i < n; ++i)
          sums[i] = isFirst ? from[i] * weight : sums[i] + from[i] * weight;
        isFirst = false;
      }
      for (std::int64_t i = 0; i < n; ++i) sums[i] = isFirst ? T(0) : canonical(sums[i]);
    }
  };
};

template struct Registered<GradientRegion>;
#include "simd/end_kernel.h"
