#include "simd/begin_kernel.h"

// Per row along axis 0 the sum of the squared gradient's length, by central differences along the first one to three axes, and how many
// voxels of the row counted: those where it is no NaN. The output has these two along axis 0. Sums are made of leaves that end at
// multiples of 1024 of the index, in each of 16 lanes, added up in order.
struct SquaredGradientRows : RegionKernel {
  struct Params {
    std::span<const double> weights;  // per axis 1 / (2 spacing)
  };

  static constexpr auto name = "squared_gradient_rows";
  static constexpr auto fields = fieldsOf(field("weights", &Params::weights));
  static constexpr Types<Pair<float, double>, Pair<double, double>> types{};

  static std::string_view check(const Params& p) {
    return p.weights.empty() || p.weights.size() > 3 ? "weights must hold one to three numbers" : "";
  }

  static std::string_view checkRegion(const Params& p, const RegionCall& call) {
    const Placed &in = call.in[0], &out = call.out[0];
    if (in.rank != out.rank || static_cast<int>(p.weights.size()) > in.rank) return "input and output must have the axes of the weights";
    if (in.shape[0] != in.extent[0] || out.shape[0] != 2) return "rows must be whole and give two numbers";
    for (int a = 1; a < in.rank; ++a) {
      if (in.extent[a] != out.extent[a]) return "input and output must be of one volume";
      const std::int64_t around = a < static_cast<int>(p.weights.size());
      const Interval wanted = clip({out.start[a] - around, out.start[a] + out.shape[a] + around}, {0, in.extent[a]});
      if (in.start[a] > wanted.begin || in.start[a] + in.shape[a] < wanted.end) return "the input must hold the neighbours";
    }
    return {};
  }

  static unsigned wholeAxes(const Params&, const RegionCall&) { return 1u; }

  static std::size_t localBytes(const Params&, const RegionCall& call) {
    return static_cast<std::size_t>(call.in[0].shape[0] + 2 * kRoom) * sizeOf(call.in[0].dtype) * 5;
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    Index at = call.part.start;
    for (;;) {
      row<In>(p, call, at);
      int a = 1;
      for (; a < call.part.rank; ++a) {
        if (++at[a] < call.part.start[a] + call.part.shape[a]) break;
        at[a] = call.part.start[a];
      }
      if (a == call.part.rank) return;
    }
  }

 private:
  static constexpr std::int64_t kRoom = 16;
  static constexpr int kSumLanes = 16;

  template <class T>
  struct Row {
    const T* centre;
    std::array<const T*, 2> up{}, down{};
    std::array<T, 3> weight{};
  };

  template <class T>
  struct Sum {
    double value[kSumLanes] = {};
    T count[kSumLanes] = {};
  };

  template <class T>
  static void row(const Params& p, const RegionCall& call, const Index& at) {
    const std::int64_t n = call.in[0].shape[0];
    T* local = reinterpret_cast<T*>(call.local) + kRoom;
    const auto room = [&](int k) { return local + k * (n + 2 * kRoom); };
    Row<T> row;
    const T* centre = rowAt<T>(call.in[0], at, room(0));
    if (centre != room(0)) std::memcpy(room(0), centre, static_cast<std::size_t>(n) * sizeof(T));
    room(0)[-1] = room(0)[0];
    room(0)[n] = room(0)[n - 1];
    row.centre = room(0);
    for (std::size_t a = 0; a < 3; ++a) {
      row.weight[a] = a < p.weights.size() ? static_cast<T>(p.weights[a]) : T{0};
      if (a == 0) continue;
      row.up[a - 1] = row.down[a - 1] = row.centre;
      if (a >= p.weights.size()) continue;
      row.up[a - 1] = beside(call.in[0], at, static_cast<int>(a), 1, room(static_cast<int>(2 * a - 1)));
      row.down[a - 1] = beside(call.in[0], at, static_cast<int>(a), -1, room(static_cast<int>(2 * a)));
    }
    double value = 0, count = 0;
    for (std::int64_t i = 0; i < n; i += kLeaf) addLeaf(row, i, std::min(n, i + kLeaf), value, count);
    put(call.out[0], at, value, count);
  }

  template <class T>
  static const T* beside(const Placed& in, Index at, int axis, int step, T* room) {
    at[axis] = std::clamp<std::int64_t>(at[axis] + step, 0, in.extent[axis] - 1);
    return rowAt<T>(in, at, room);
  }

  // The row where it lies, or copied to `room` where its voxels lie apart.
  template <class T>
  static const T* rowAt(const Placed& in, const Index& at, T* room) {
    const auto* p = static_cast<const std::byte*>(in.data);
    for (int a = 1; a < in.rank; ++a) p += (at[a] - in.start[a]) * in.strides[a];
    if (in.strides[0] == sizeof(T)) return reinterpret_cast<const T*>(p);
    for (std::int64_t i = 0; i < in.shape[0]; ++i) room[i] = *reinterpret_cast<const T*>(p + i * in.strides[0]);
    return room;
  }

  template <class T>
  static void addLeaf(const Row<T>& row, std::int64_t begin, std::int64_t end, double& value, double& count) {
    Sum<T> sum;
    std::int64_t i = begin;
    for (; i + kSumLanes <= end; i += kSumLanes) addLanes(row, i, sum);
    for (int lane = 0; i < end; ++i, ++lane) addVoxel(row, i, sum, lane);
    for (int step = kSumLanes / 2; step > 0; step /= 2)
      for (int lane = 0; lane < step; ++lane) {
        sum.value[lane] += sum.value[lane + step];
        sum.count[lane] += sum.count[lane + step];
      }
    value += sum.value[0];
    count += static_cast<double>(sum.count[0]);
  }

  template <class T>
  static void addLanes(const Row<T>& row, std::int64_t first, Sum<T>& sum) {
    T square[kSumLanes];
    for (int lane = 0; lane < kSumLanes; lane += kLanes<T>) {
      const std::int64_t i = first + lane;
      const Vector<T> x = (load(row.centre + i + 1) - load(row.centre + i - 1)) * splat(row.weight[0]);
      const Vector<T> y = (load(row.up[0] + i) - load(row.down[0] + i)) * splat(row.weight[1]);
      const Vector<T> z = (load(row.up[1] + i) - load(row.down[1] + i)) * splat(row.weight[2]);
      const Vector<T> all = (x * x + y * y) + z * z;
      const auto isNumber = all == all;
      store(square + lane, isNumber ? all : Vector<T>{});
      store(sum.count + lane, load(sum.count + lane) + (isNumber ? splat(T{1}) : Vector<T>{}));
    }
    for (int lane = 0; lane < kSumLanes; ++lane) sum.value[lane] += static_cast<double>(square[lane]);
  }

  // As a lane of addLanes, where a row ends.
  template <class T>
  static void addVoxel(const Row<T>& row, std::int64_t i, Sum<T>& sum, int lane) {
    const T x = (row.centre[i + 1] - row.centre[i - 1]) * row.weight[0];
    const T y = (row.up[0][i] - row.down[0][i]) * row.weight[1];
    const T z = (row.up[1][i] - row.down[1][i]) * row.weight[2];
    const T square = (x * x + y * y) + z * z;
    const bool isNumber = square == square;
    sum.value[lane] += isNumber ? static_cast<double>(square) : 0.0;
    sum.count[lane] += isNumber ? T{1} : T{0};
  }

  static void put(const Placed& out, const Index& at, double value, double count) {
    auto* p = static_cast<std::byte*>(out.data);
    for (int a = 1; a < out.rank; ++a) p += (at[a] - out.start[a]) * out.strides[a];
    *reinterpret_cast<double*>(p) = value;
    *reinterpret_cast<double*>(p + out.strides[0]) = count;
  }
};

template struct Registered<SquaredGradientRows>;
#include "simd/end_kernel.h"
