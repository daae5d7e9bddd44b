#include "simd/begin_kernel.h"

// Convolution with symmetric weights along one axis: weights[0] is the centre, weights[k] stands at -k and
// +k.
struct FirLine : LineKernel {
  struct Params {
    std::span<const double> weights;
  };

  static constexpr auto name = "fir_line";
  static constexpr auto fields = fieldsOf(field("weights", &Params::weights));
  static constexpr Types<Same<float>, Same<double>> types{};

  static constexpr std::size_t kMaxWeights = 4096;

  static int halo(const Params& p) { return static_cast<int>(p.weights.size()) - 1; }
  static std::string_view check(const Params& p) {
    return p.weights.empty() || p.weights.size() > kMaxWeights ? "weights must hold 1 to 4096 numbers" : "";
  }

  template <class T>
  static void run(const Params& p, LineIn<T> in, LineOut<T> out) {
    sweep(p, Taps<T>{in.data, in.stride, in.stride, out.data, out.stride, out.length}, in.local);
  }

  template <class T>
  static void row(const Params& p, const T* in, T* out, std::int64_t n, std::byte* local) {
    sweep(p, Taps<T>{in, kLanes<T>, 1, out, kLanes<T>, (n + kLanes<T> - 1) / kLanes<T>}, local);
  }

 private:
  // Vectors `step` apart; their neighbours are `tap` apart.
  template <class T>
  struct Taps {
    const T* in;
    std::ptrdiff_t step, tap;
    T* out;
    std::ptrdiff_t outStep;
    std::int64_t count;
  };

  template <class T>
  static void sweep(const Params& p, const Taps<T>& taps, std::byte* local) {
    T* weights = reinterpret_cast<T*>(local);
    for (std::size_t k = 0; k < p.weights.size(); ++k) weights[k] = static_cast<T>(p.weights[k]);
    switch (halo(p)) {
      case 1:
        return fixed<1>(weights, taps);
      case 2:
        return fixed<2>(weights, taps);
      case 3:
        return fixed<3>(weights, taps);
      case 4:
        return fixed<4>(weights, taps);
      case 5:
        return fixed<5>(weights, taps);
      case 6:
        return fixed<6>(weights, taps);
      default:
        return any(halo(p), weights, taps);
    }
  }

  template <int Radius, class T>
  static void fixed(const T* weights, const Taps<T>& taps) {
    Vector<T> w[Radius + 1];
    for (int k = 0; k <= Radius; ++k) w[k] = splat(weights[k]);
    const T* in = taps.in;
    T* out = taps.out;
    for (std::int64_t i = 0; i < taps.count; ++i, in += taps.step, out += taps.outStep) {
      Vector<T> sum = load(in) * w[0];
      for (int k = 1; k <= Radius; ++k) sum += (load(in - k * taps.tap) + load(in + k * taps.tap)) * w[k];
      store(out, sum);
    }
  }

  // Four vectors at once: each weight is fetched once for all, and the sums do not wait for one another.
  template <class T>
  static void any(int radius, const T* weights, const Taps<T>& taps) {
    std::int64_t i = 0;
    for (; i + 4 <= taps.count; i += 4) several<4>(radius, weights, taps, i);
    for (; i < taps.count; ++i) several<1>(radius, weights, taps, i);
  }

  template <int Count, class T>
  static void several(int radius, const T* weights, const Taps<T>& taps, std::int64_t i) {
    const T* in = taps.in + i * taps.step;
    Vector<T> sum[Count];
    for (int v = 0; v < Count; ++v) sum[v] = load(in + v * taps.step) * splat(weights[0]);
    for (int k = 1; k <= radius; ++k) {
      const Vector<T> w = splat(weights[k]);
      for (int v = 0; v < Count; ++v) {
        const T* centre = in + v * taps.step;
        sum[v] += (load(centre - k * taps.tap) + load(centre + k * taps.tap)) * w;
      }
    }
    for (int v = 0; v < Count; ++v) store(taps.out + (i + v) * taps.outStep, sum[v]);
  }
};

template struct Registered<FirLine>;
#include "simd/end_kernel.h"
