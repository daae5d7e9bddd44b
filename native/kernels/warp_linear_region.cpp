#include "simd/begin_kernel.h"

#include "kernels/corner_squares.h"
#include "kernels/warp_rows.h"

// Linear interpolation where a field moves each position, as that of resampled grids which are turned.
struct WarpLinearRegion : RegionKernel {
  struct Params : WarpParams {
    double outside = 0;
  };

  static constexpr int inputs = 2;
  static constexpr auto name = "warp_linear_region";
  static constexpr auto fields =
      std::tuple_cat(warpFields<WarpParams>(), fieldsOf(field("outside", &Params::outside)));
  static constexpr Types<Same<std::uint8_t>, Same<std::uint16_t>, Same<std::int16_t>, Same<float>,
                         Same<double>>
      types{};

  static std::string_view checkRegion(const Params& p, const RegionCall& call) { return checkWarp(p, call); }
  static std::size_t localBytes(const Params& p, const RegionCall& call) {
    return sizeof(Run<double>) + warpBytes(p, call);
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    const Source source = sourceOf(p.toInput(), call.in[0]);
    const std::ptrdiff_t stride = call.out[0].strides[p.toInput().axis(0)];
    auto* run = reinterpret_cast<Run<In>*>(call.local);
    auto* scratch = reinterpret_cast<double*>(call.local + sizeof(Run<double>));
    const Corners corners(source);
    forField(call, [&]<class F>() {
      eachRunOf<F>(
          p, source, call, scratch,
          [&](const Places& places, std::int64_t n) { corners.place(places, n, *run); },
          [&](const std::byte* from, std::byte* to, std::int64_t n) {
            corners.mix(from, n, run->chunk);
            for (std::int64_t e = 0; e < run->edges; ++e) {
              const Edge& edge = run->edge[e];
              run->chunk.out[edge.index] =
                  edge.isInside ? linearAt<In>(source, from, edge.at) : static_cast<In>(p.outside);
            }
            writeLine(run->chunk.out, to, stride, n);
          });
    });
  }

 private:
  // A voxel outside, or beside an end of the input or of what is held of it.
  struct Edge {
    std::int64_t index;
    bool isInside;
    double at[3];
  };

  template <class T>
  struct Run {
    MixChunk<T> chunk;
    Edge edge[kMixed];
    std::int64_t edges;
  };

  // The neighbours of positions, relative to the first of each. Those of edges are any.
  class Corners {
   public:
    explicit Corners(const Source& source) : source_(source) {
      for (int k = 0; k < 3; ++k) {
        const SourceAxis& axis = source.axes[k];
        second_[k] = axis.held.length() > 1 ? axis.stride : 0;
      }
      corners_ = {0, second_[1], second_[2], second_[1] + second_[2]};
    }

    template <class T>
    void place(const Places& places, std::int64_t n, Run<T>& run) const {
      MixChunk<T>& chunk = run.chunk;
      std::int64_t isHeld[kMixed];  // all bits or none
      for (std::int64_t i = 0; i < n; ++i) chunk.place[i] = 0, isHeld[i] = -1;
      for (int k = 0; k < 3; ++k) {
        const SourceAxis& axis = source_.axes[k];
        // Along an axis of one voxel it is that one.
        const bool isFlat = axis.extent == 1;
        const double begin = static_cast<double>(axis.held.begin), low = isFlat ? -0.5 : begin;
        const double high = isFlat ? 0.5 : static_cast<double>(axis.held.end - 1);
        const double stride = static_cast<double>(axis.stride), scale = isFlat ? 0 : 1;
        for (std::int32_t i = 0; i < static_cast<std::int32_t>(n); ++i) {
          const double c = places.at[k][i];
          const bool held = c >= low && c < high;
          const double safe = (held ? c : begin) * scale;
          const double floor = static_cast<double>(static_cast<std::int32_t>(safe));
          chunk.f[k][i] = static_cast<RealOf<T>>(safe - floor);
          chunk.place[i] += (floor - begin) * stride;
          isHeld[i] &= held ? -1 : 0;
        }
      }
      std::int64_t allHeld = -1;
      for (std::int64_t i = 0; i < n; ++i) chunk.offset[i] = wholeOf(chunk.place[i]), allHeld &= isHeld[i];
      run.edges = 0;
      if (allHeld) return;
      for (std::int64_t i = 0; i < n; ++i)
        if (!isHeld[i])
          run.edge[run.edges++] = {
              i, places.isInside(source_, i), {places.at[0][i], places.at[1][i], places.at[2][i]}};
    }

    template <class T>
    void mix(const std::byte* from, std::int64_t n, MixChunk<T>& chunk) const {
      second_[2] != 0 ? mixSquares<2>(from, corners_, second_[0], chunk.f[1], source_.ahead, n, chunk)
                      : mixSquares<1>(from, corners_, second_[0], chunk.f[1], source_.ahead, n, chunk);
    }

   private:
    const Source& source_;
    std::array<std::ptrdiff_t, 3> second_{};  // to the second neighbour along each axis
    std::array<std::ptrdiff_t, 4> corners_{};
  };
};

template struct Registered<WarpLinearRegion>;
#include "simd/end_kernel.h"
