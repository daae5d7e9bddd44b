// The shapes a kernel may have and the loops that drive each: a kernel file writes `run` for one line, row or box.
//
//   point   static void run(const Params&, const In* in, Out* out, int64 n)             one row; in may equal out
//           static void run(const Params&, const In* a, const In* b, Out* out, int64 n) two inputs, or up to two
//           static void run(const Params&, const In* a, const In* b, const In* c, Out* out, int64 n) three, or up to three
//   line    static void run(const Params&, LineIn<T>, LineOut<T>)                       a bundle of lines, one per lane
//           static void row(const Params&, const T* in, T* out, int64 n, std::byte* local)   optional: one line along axis 0
//   window  static void run(const Params&, const Window<In>&, const Box<Out>&)          a box of up to three axes
//   reduce  static void add(const Params&, State&, const T* row, int64 n, int64 index)  and merge, result; with a mask it is given
//           the voxels under it in a row, leaf by leaf. Of its own accord:
//           using Second, and static int64 add(const Params&, State&, const ReduceRow<T, Second>&)   a second volume's voxels; how
//           many were taken before the state was full
//           static std::size_t stateBytes(const Params&, int rank)                      room the state and what follows it take
//           static void start(const Params&, State&, std::size_t bytes, int rank)       of such a state
//           static bool merge(const Params&, State&, const State&)                      false when there is no room
//   region  static void run(const Params&, const RegionCall&)                           a part of whole volumes; of its own accord:
//           static std::string_view checkRegion(const Params&, const RegionCall&)       what is wrong with the views, or nothing
//           static unsigned wholeAxes(const Params&, const RegionCall&)                 axes that must not be cut (none)
//           static std::size_t localBytes(const Params&, const RegionCall&)             scratch (kLocalBytes)
//
// A kernel that takes fewer inputs than `inputs` says so by `leastInputs`; those left out are null. One whose floats are not any NaN says so
// by `nans`: results are stored without a look at each.
//
// All are templates over the types listed in `types` (for line kernels the scalar type; lanes come from Vector<T>).

namespace voxline {
namespace {

template <class I, class O>
struct Pair {
  using In = I;
  using Out = O;
};
template <class T>
using Same = Pair<T, T>;
template <class... P>
struct Types {};

template <class T>
using Const = const T;

// Reads voxel i of a bundle of lines; i runs from -halo to length + halo - 1 of the LineOut.
template <class T>
struct LineIn {
  const T* data;
  std::ptrdiff_t stride;
  std::int64_t start;   // index along the axis of voxel 0
  std::int64_t extent;  // length of the axis in the whole volume
  std::byte* local;     // the worker's scratch
  Vector<T> operator[](std::ptrdiff_t i) const { return load(data + i * stride); }
};

template <class T>
struct LineOut {
  T* data;
  std::ptrdiff_t stride;
  std::ptrdiff_t length;
  void set(std::ptrdiff_t i, Vector<T> value) const { store(data + i * stride, value); }
};

// Input of a window kernel: `data` is the voxel under the first one of the box; any axis of the volume may be stepped along.
template <class T>
struct Window {
  const T* data;
  const Index& stride;
  const Index& axes;
  int rank;
  std::byte* local;
};

// Output of a window kernel: nx voxels in a row (stride 1), ny rows, nz planes. Its input strides are stride[0..2] of the window.
template <class T>
struct Box {
  T* data;
  std::int64_t nx, ny, nz;
  std::ptrdiff_t sy, sz;
};

// A row of two volumes for a reduce kernel: the index of its first voxel, and where the volume's own axes are in it.
template <class T, class S>
struct ReduceRow {
  const T* voxels;
  const S* second;
  std::int64_t length;
  Index at;
  const Index& axes;
};

enum class Kind { Point, Line, Window, Reduce, Region };

struct PointKernel {
  static constexpr Kind kind = Kind::Point;
  static constexpr bool exact = true;
  static constexpr int inputs = 1;
  static constexpr bool chunked = true;
};
struct LineKernel {
  static constexpr Kind kind = Kind::Line;
  static constexpr int inputs = 1;
  static constexpr bool chunked = false;
  // Along axis 0 such a kernel sees neighbouring voxels as lanes; one that looks at `start` or carries state sees lines.
  static constexpr bool anchored = false;
};
struct WindowKernel {
  static constexpr Kind kind = Kind::Window;
  static constexpr int inputs = 1;
  static constexpr bool chunked = true;
};
struct ReduceKernel {
  static constexpr Kind kind = Kind::Reduce;
  static constexpr int inputs = 1;
  using Second = std::uint8_t;
  static constexpr bool chunked = true;
  // Whether what comes out depends on which voxels a row holds together, and where.
  static constexpr bool ordered(DType) { return false; }
};
// `inputs` is the least number; a call may have more.
struct RegionKernel {
  static constexpr Kind kind = Kind::Region;
  static constexpr int inputs = 1;
  static constexpr bool chunked = false;
};

constexpr std::int64_t wholeVectors(std::int64_t n, int lanes) { return (n + lanes - 1) / lanes * lanes; }

template <class K, class In, class Out>
struct Driver {
  static void run(const ParamBlock& block, const Call& call) {
    const auto& params = paramsOf<K>(block);
    if constexpr (K::kind == Kind::Point) point(params, call);
    if constexpr (K::kind == Kind::Line) line(params, call);
    if constexpr (K::kind == Kind::Window) window(params, call);
    if constexpr (K::kind == Kind::Reduce) reduce(params, call);
  }

 private:
  using Params = typename K::Params;

  static void point(const Params& params, const Call& call) {
    eachRow(call, 1, 0, [&](const RowAt& at) {
      const auto row = [&](int i) -> const In* {
        const Block& block = call.in[static_cast<std::size_t>(i)];
        return i < call.inputs ? static_cast<const In*>(block.data) + at.in(block) : nullptr;
      };
      Out* out = static_cast<Out*>(call.out.data) + at.in(call.out);
      if constexpr (K::inputs == 1) K::template run<In, Out>(params, row(0), out, call.shape[0]);
      if constexpr (K::inputs == 2) K::template run<In, Out>(params, row(0), row(1), out, call.shape[0]);
      if constexpr (K::inputs == 3) K::template run<In, Out>(params, row(0), row(1), row(2), out, call.shape[0]);
    });
  }

  static void line(const Params& params, const Call& call) {
    const int axis = call.axis;
    if constexpr (requires(const In* in, Out* out) { K::template row<In>(params, in, out, 0, call.local); }) {
      if (axis == 0) return rows(params, call);
    }
    if (axis == 0 && K::anchored) return transposedLines(params, call);
    const std::int64_t length = axis == 0 ? 1 : call.shape[axis];
    eachRow(call, 1, axis, [&](const RowAt& at) {
      const In* in = static_cast<const In*>(call.in[0].data) + at.in(call.in[0]);
      Out* out = static_cast<Out*>(call.out.data) + at.in(call.out);
      for (std::int64_t x = 0; x < call.shape[0]; x += kLanes<In>) {
        const std::int64_t start = call.origin[axis] + (axis == 0 ? x : 0);
        K::template run<In>(params,
                            LineIn<In>{in + x, call.in[0].stride[axis], start, call.extent[axis], call.local},
                            LineOut<Out>{out + x, call.out.stride[axis], length});
      }
    });
  }

  static void rows(const Params& params, const Call& call) {
    eachRow(call, 1, 0, [&](const RowAt& at) {
      const In* in = static_cast<const In*>(call.in[0].data) + at.in(call.in[0]);
      Out* out = static_cast<Out*>(call.out.data) + at.in(call.out);
      K::template row<In>(params, in, out, call.shape[0], call.local);
    });
  }

  // Lines along axis 0: bundles of rows are transposed into the worker's scratch and back, piece by piece.
  static void transposedLines(const Params& params, const Call& call) {
    constexpr int lanes = kLanes<In>;
    constexpr std::int64_t room = (kLocalBytes - (std::size_t{1} << 16)) / (lanes * sizeof(In));
    const Halo halo = haloOf<K>(params, call.rank, 0);
    const std::int64_t around = halo.low[0] + halo.high[0], whole = call.shape[0];
    const auto piece = std::max<std::int64_t>(lanes, (room - around) / 2 - 2 * lanes);
    for (std::int64_t x = 0; x < whole; x += piece)
      transposedPiece(params, call, halo, Interval{x, std::min(x + piece, whole)});
  }

  static void transposedPiece(const Params& params, const Call& call, const Halo& halo, Interval x) {
    constexpr int lanes = kLanes<In>;
    const std::int64_t length = x.length(), low = halo.low[0], span = low + length + halo.high[0];
    In* lines = reinterpret_cast<In*>(call.local);
    Out* results = reinterpret_cast<Out*>(lines + wholeVectors(span, lanes) * lanes);
    std::byte* rest = reinterpret_cast<std::byte*>(results + wholeVectors(length, lanes) * lanes);
    std::array<const In*, lanes> from{};
    std::array<Out*, lanes> to{};
    int rows = 0;
    const auto flush = [&] {
      for (int r = rows; r < lanes; ++r) from[r] = from[0];
      for (std::int64_t i = 0; i < span; i += lanes) {
        Vector<In> square[lanes];
        for (int r = 0; r < lanes; ++r) square[r] = load(from[r] + i - low);
        transpose<In>(square);
        for (int r = 0; r < lanes; ++r) store(lines + (i + r) * lanes, square[r]);
      }
      K::template run<In>(
          params, LineIn<In>{lines + low * lanes, lanes, call.origin[0] + x.begin, call.extent[0], rest},
          LineOut<Out>{results, lanes, length});
      for (std::int64_t i = 0; i < length; i += lanes) {
        Vector<Out> square[lanes];
        for (int r = 0; r < lanes; ++r) square[r] = load(results + (i + r) * lanes);
        transpose<Out>(square);
        for (int r = 0; r < rows; ++r) store(to[r] + i, square[r]);
      }
      rows = 0;
    };
    eachRow(call, 1, 0, [&](const RowAt& row) {
      from[rows] = static_cast<const In*>(call.in[0].data) + row.in(call.in[0]) + x.begin;
      to[rows] = static_cast<Out*>(call.out.data) + row.in(call.out) + x.begin;
      if (++rows == lanes) flush();
    });
    if (rows) flush();
  }

  static void window(const Params& params, const Call& call) {
    const std::int64_t ny = call.rank > 1 ? call.shape[1] : 1, nz = call.rank > 2 ? call.shape[2] : 1;
    eachRow(call, 3, 0, [&](const RowAt& at) {
      const In* in = static_cast<const In*>(call.in[0].data) + at.in(call.in[0]);
      Out* out = static_cast<Out*>(call.out.data) + at.in(call.out);
      K::template run<In, Out>(params, Window<In>{in, call.in[0].stride, call.axes, call.rank, call.local},
                               Box<Out>{out, call.shape[0], ny, nz, call.out.stride[1], call.out.stride[2]});
    });
  }

  static void reduce(const Params& params, const Call& call) {
    auto& state = *static_cast<typename K::State*>(call.state->data);
    eachRow(call, 1, 0, [&](const RowAt& at) {
      const In* row = static_cast<const In*>(call.in[0].data) + at.in(call.in[0]);
      if constexpr (K::inputs == 2) {
        const auto* second = static_cast<const typename K::Second*>(call.in[1].data) + at.in(call.in[1]);
        pairs(params, call, at, row, second);
      } else if (call.inputs > 1) {
        const auto* mask = static_cast<const std::uint8_t*>(call.in[1].data) + at.in(call.in[1]);
        masked(params, call, row, mask);
      } else {
        K::template add<In>(params, state, row, call.shape[0], call.origin[0]);
      }
    });
  }

  template <class S>
  static void pairs(const Params& params, const Call& call, const RowAt& at, const In* row, const S* second) {
    auto& state = *static_cast<typename K::State*>(call.state->data);
    ReduceRow<In, S> rest{row, second, call.shape[0], call.origin, call.axes};
    at.addTo(rest.at);
    for (;;) {
      const std::int64_t taken = K::template add<In>(params, state, rest);
      if (taken == rest.length) return;
      call.state->empty(*call.state);
      rest.voxels += taken;
      rest.second += taken;
      rest.length -= taken;
      rest.at[0] += taken;
    }
  }

  // The voxels of each leaf that lie under the mask, pushed together behind the leaf's first index.
  static void masked(const Params& params, const Call& call, const In* row, const std::uint8_t* mask) {
    auto& state = *static_cast<typename K::State*>(call.state->data);
    In* kept = reinterpret_cast<In*>(call.local);
    const std::int64_t first = call.origin[0] % kLeaf;
    for (std::int64_t i = 0; i < call.shape[0];) {
      const std::int64_t n = std::min(call.shape[0] - i, kLeaf - (first + i) % kLeaf);
      std::int64_t count = 0;
      for (std::int64_t k = 0; k < n; ++k) count += mask[i + k] != 0;
      const In* voxels = row + i;
      if (count > 0 && count < n) {
        std::int64_t at = 0;
        for (std::int64_t k = 0; k < n; ++k) {
          kept[at] = row[i + k];
          at += mask[i + k] != 0;
        }
        voxels = kept;
      }
      if (count > 0) K::template add<In>(params, state, voxels, count, call.origin[0] + i);
      i += n;
    }
  }

  template <class Kernel>
  static Halo haloOf(const Params& params, int rank, int axis) {
    return kernelHalo<Kernel>(params, rank, axis);
  }

 public:
  template <class Kernel>
  static Halo kernelHalo(const Params& params, int rank, int axis) {
    Halo halo{};
    if constexpr (requires { Kernel::halo(params); }) {
      halo.low[axis] = halo.high[axis] = Kernel::halo(params);
    } else if constexpr (requires { Kernel::halo(params, rank); }) {
      halo = Kernel::halo(params, rank);
    }
    return halo;
  }
};

template <class K, class In, class Out>
void runRegionKernel(const ParamBlock& block, const RegionCall& call) {
  K::template run<In, Out>(paramsOf<K>(block), call);
}

template <class K>
constexpr void describeRegion(KernelInfo& info) {
  if constexpr (requires { &K::checkRegion; })
    info.checkRegion = [](const ParamBlock& block, const RegionCall& call) { return K::checkRegion(paramsOf<K>(block), call); };
  if constexpr (requires { &K::wholeAxes; })
    info.wholeAxes = [](const ParamBlock& block, const RegionCall& call) { return K::wholeAxes(paramsOf<K>(block), call); };
  if constexpr (requires { &K::localBytes; })
    info.localBytes = [](const ParamBlock& block, const RegionCall& call) { return K::localBytes(paramsOf<K>(block), call); };
}

template <class K>
constexpr void describeReduce(KernelInfo& info) {
  using State = typename K::State;
  static_assert(std::is_trivially_copyable_v<State> && alignof(State) <= 16);
  info.ordered = K::ordered;
  info.inputs = 2;
  info.ownSecond = true;
  info.second = dtypeOf<typename K::Second>;
  info.stateBytes = [](const ParamBlock& block, int rank) -> std::size_t {
    if constexpr (requires { &K::stateBytes; }) return K::stateBytes(paramsOf<K>(block), rank);
    else return sizeof(State);
  };
  info.startState = [](const ParamBlock& block, int rank, void* state, std::size_t bytes) {
    if constexpr (requires { &K::start; }) {
      K::start(paramsOf<K>(block), *static_cast<State*>(state), bytes, rank);
    } else {
      const State start{};
      std::memcpy(state, &start, sizeof start);
    }
  };
  info.mergeState = [](const ParamBlock& block, void* state, const void* other) {
    State& total = *static_cast<State*>(state);
    const State& more = *static_cast<const State*>(other);
    if constexpr (requires { K::merge(paramsOf<K>(block), total, more); }) {
      return K::merge(paramsOf<K>(block), total, more);
    } else {
      K::merge(total, more);
      return true;
    }
  };
  info.result = [](const ParamBlock& block, const void* state, const ResultSink& out) {
    if constexpr (requires { K::result(paramsOf<K>(block), *static_cast<const State*>(state), out); })
      K::result(paramsOf<K>(block), *static_cast<const State*>(state), out);
    else K::result(*static_cast<const State*>(state), out);
  };
}

template <class K>
constexpr KernelInfo describe() {
  KernelInfo info;
  info.name = K::name;
  info.shape = static_cast<KernelShape>(K::kind);
  info.inputs = info.leastInputs = K::inputs;
  if constexpr (requires { K::leastInputs; }) info.leastInputs = K::leastInputs;
  info.fields = kFieldInfos<K>;
  info.chunked = K::chunked;
  if constexpr (requires { K::exact; }) info.exact = K::exact;
  if constexpr (requires { K::nans; }) info.nans = K::nans;
  info.decode = &decodeParams<K>;
  info.check = &checkParams<K>;
  info.permute = &permuteParams<K>;
  if constexpr (K::kind == Kind::Region) {
    describeRegion<K>(info);
    return info;
  }
  info.halo = [](const ParamBlock& block, int rank, int axis) {
    return Driver<K, float, float>::template kernelHalo<K>(paramsOf<K>(block), rank, axis);
  };
  if constexpr (K::kind == Kind::Reduce) {
    describeReduce<K>(info);
  }
  return info;
}

}  // namespace
}  // namespace voxline
