#include "simd/begin_kernel.h"

#include "kernels/placed_voxels.h"

// Voxels taken by their index along every axis: indices[…] holds, axis after axis, for each position of the output view the position in
// the input view, or -1 for a voxel of the value whose bits are given. Voxels are moved by their size alone.
struct PadRegion : RegionKernel {
  static constexpr int inputs = 0;  // without one every index is -1
  struct Params {
    std::span<const double> indices;
    std::int64_t high = 0;  // the value's bits, in two 32-bit words
    std::int64_t low = 0;
  };

  static constexpr auto name = "pad_region";
  static constexpr auto fields =
      fieldsOf(field("indices", &Params::indices), field("high", &Params::high), field("low", &Params::low));
  static constexpr Types<Same<std::uint8_t>, Same<std::uint16_t>, Same<std::uint32_t>, Same<std::uint64_t>>
      types{};

  static std::string_view checkRegion(const Params& p, const RegionCall& call) {
    const Placed &in = call.in[0], &out = call.out[0];
    if (call.inputs > 0 && in.rank != out.rank) return "input and output must have the same rank";
    std::size_t at = 0;
    for (int a = 0; a < out.rank; ++a)
      for (std::int64_t i = 0; i < out.shape[a]; ++i, ++at) {
        if (at >= p.indices.size()) return "an index is missing";
        const double index = p.indices[at];
        if (!(index >= -1 && index < static_cast<double>(in.shape[a])))
          return "an index lies outside the input";
      }
    return at == p.indices.size() ? "" : "there are too many indices";
  }

  static std::size_t localBytes(const Params&, const RegionCall& call) {
    return static_cast<std::size_t>(LocalMemory::bytesOf<Run>(call.out[0].shape[0]));
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    const Placed &in = call.in[0], &out = call.out[0];
    const Out value = static_cast<Out>(static_cast<std::uint64_t>(p.high) << 32 |
                                       (static_cast<std::uint64_t>(p.low) & 0xffffffffu));
    std::array<const double*, kMaxRank> indices{};
    const double* next = p.indices.data();
    for (int a = 0; a < out.rank; ++a) {
      indices[a] = next - out.start[a];
      next += out.shape[a];
    }
    Run* runs = LocalMemory(call.local).take<Run>(call.part.shape[0]);
    const std::int64_t count = runsOf(indices[0], call.part.axis(0), runs);
    eachLine(call.part, 0, [&](const Index& at) {
      const std::byte* from = static_cast<const std::byte*>(in.data);
      bool isInside = true;
      for (int a = 1; a < out.rank; ++a) {
        const auto index = static_cast<std::int64_t>(indices[a][at[a]]);
        isInside = isInside && index >= 0;
        from += index * in.strides[a];
      }
      std::byte* to = addressOf(out, at);
      if (!isInside) return fill<Out>(to, out.strides[0], call.part.shape[0], value);
      for (std::int64_t k = 0; k < count; ++k)
        copyRun<Out>(runs[k], from, in.strides[0], to, out.strides[0], value);
    });
  }

 private:
  // Voxels of a row whose indices form an arithmetic progression.
  struct Run {
    std::int64_t begin;  // relative to the part
    std::int64_t count;
    std::int64_t first;
    std::int64_t step;
  };

  static std::int64_t runsOf(const double* indices, Interval row, Run* runs) {
    std::int64_t count = 0;
    for (std::int64_t i = row.begin; i < row.end;) {
      const auto first = static_cast<std::int64_t>(indices[i]);
      Run run{i - row.begin, 1, first, 0};
      if (i + 1 < row.end) run.step = static_cast<std::int64_t>(indices[i + 1]) - first;
      const bool isConstant = first < 0;
      if (isConstant) run.step = 0;
      while (i + run.count < row.end &&
             indices[i + run.count] == static_cast<double>(first + run.count * run.step) &&
             (isConstant || indices[i + run.count] >= 0))
        ++run.count;
      i += run.count;
      runs[count++] = run;
    }
    return count;
  }

  template <class T>
  static void fill(std::byte* to, std::ptrdiff_t stride, std::int64_t n, T value) {
    for (std::int64_t i = 0; i < n; ++i) put<T>(to + i * stride, value);
  }

  template <class T>
  static void copyRun(const Run& run, const std::byte* from, std::ptrdiff_t fromStride, std::byte* to,
                      std::ptrdiff_t toStride, T value) {
    to += run.begin * toStride;
    if (run.first < 0) return fill<T>(to, toStride, run.count, value);
    from += run.first * fromStride;
    const std::ptrdiff_t step = run.step * fromStride;
    if (step == sizeof(T) && toStride == sizeof(T)) {
      std::memcpy(to, from, static_cast<std::size_t>(run.count) * sizeof(T));
      return;
    }
    for (std::int64_t i = 0; i < run.count; ++i) put<T>(to + i * toStride, get<T>(from + i * step));
  }
};

template struct Registered<PadRegion>;
#include "simd/end_kernel.h"
