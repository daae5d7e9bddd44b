#include "simd/begin_kernel.h"

// Sum over the axes of (f[+1] - 2 f + f[-1]) * weight, in the order of the volume's own axes, so that a permuted volume gives the
// same bits. An axis of weight 0 takes no part.
struct LaplacianWindow : WindowKernel {
  struct Params {
    PerAxis weights;  // 1 / spacing^2
  };

  static constexpr auto name = "laplacian_window";
  static constexpr auto fields = fieldsOf(field("weights", &Params::weights));
  static constexpr Types<Same<float>, Same<double>> types{};

  static Halo halo(const Params& p, int rank) {
    Halo halo;
    for (int a = 0; a < rank; ++a) halo.low[a] = halo.high[a] = p.weights[a] != 0;
    return halo;
  }

  template <class In, class Out>
  static void run(const Params& p, const Window<In>& in, const Box<Out>& out) {
    for (std::int64_t z = 0; z < out.nz; ++z)
      for (std::int64_t y = 0; y < out.ny; ++y) {
        const In* from = in.data + (in.rank > 1 ? y * in.stride[1] : 0) + (in.rank > 2 ? z * in.stride[2] : 0);
        row(p, in, from, out.data + y * out.sy + z * out.sz, out.nx);
      }
  }

 private:
  template <class T>
  static void row(const Params& p, const Window<T>& in, const T* from, T* to, std::int64_t n) {
    for (std::int64_t x = 0; x < n; x += kLanes<T>) {
      const Vector<T> centre = load(from + x);
      const Vector<T> twice = centre + centre;
      Vector<T> sum{};
      for (int k = 0; k < in.rank; ++k) {
        const int a = static_cast<int>(in.axes[k]);
        if (p.weights[a] == 0) continue;
        const T* at = from + x;
        sum += (load(at + in.stride[a]) - twice + load(at - in.stride[a])) * splat(static_cast<T>(p.weights[a]));
      }
      store(to + x, sum);
    }
  }
};

template struct Registered<LaplacianWindow>;
#include "simd/end_kernel.h"
