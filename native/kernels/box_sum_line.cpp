#include "simd/begin_kernel.h"

// Sum over the 2 * radius + 1 voxels around each voxel of a line; integers wrap.
struct BoxSumLine : LineKernel {
  struct Params {
    std::int32_t radius = 1;
  };

  static constexpr auto name = "box_sum_line";
  static constexpr auto fields = fieldsOf(field("radius", &Params::radius));
  static constexpr Types<Same<std::int32_t>, Same<std::int64_t>, Same<float>, Same<double>> types{};
  static constexpr bool anchored = true;

  static int halo(const Params& p) { return p.radius; }
  static std::string_view check(const Params& p) {
    return p.radius < 0 || p.radius > 4096 ? "radius must be an integer of 0 to 4096" : "";
  }

  template <class T>
  static void run(const Params& p, LineIn<T> in, LineOut<T> out) {
    if constexpr (std::is_integral_v<T>) running(p.radius, in, out);
    else segments(p.radius, in, out);
  }

  // Integer sums are exact in any order: along axis 0 they need no bundle of lines.
  template <class T>
  requires std::is_integral_v<T>
  static void row(const Params& p, const T* in, T* out, std::int64_t n, std::byte* local) {
    if (p.radius > 8)
      return differences(p.radius, in, out, n, reinterpret_cast<std::make_unsigned_t<T>*>(local));
    using U = Vector<std::make_unsigned_t<T>>;
    for (std::int64_t x = 0; x < n; x += kLanes<T>) {
      U sum = (U)load(in + x);
      for (int k = 1; k <= p.radius; ++k) sum += (U)load(in + x - k) + (U)load(in + x + k);
      store(out + x, (Vector<T>)sum);
    }
  }

 private:
  template <class T>
  static void running(std::ptrdiff_t radius, LineIn<T> in, LineOut<T> out) {
    using U = Vector<std::make_unsigned_t<T>>;
    U sum{};
    for (std::ptrdiff_t i = -radius; i < radius; ++i) sum += (U)in[i];
    for (std::ptrdiff_t i = 0; i < out.length; ++i) {
      sum += (U)in[i + radius];
      out.set(i, (Vector<T>)sum);
      sum -= (U)in[i - radius];
    }
  }

  // Differences of the sums from the start of a piece of the row; they are right although the sums wrap.
  template <class T, class U>
  static void differences(std::int64_t radius, const T* in, T* out, std::int64_t n, U* sums) {
    constexpr std::int64_t piece = kLocalBytes / sizeof(T) / 2;
    for (std::int64_t x = 0; x < n; x += piece) {
      const std::int64_t length = std::min(piece, n - x), width = 2 * radius + 1;
      U sum = 0;
      sums[0] = 0;
      for (std::int64_t i = 0; i < length + width - 1; ++i)
        sums[i + 1] = sum += static_cast<U>(in[x - radius + i]);
      for (std::int64_t i = 0; i < length; ++i) out[x + i] = static_cast<T>(sums[i + width] - sums[i]);
    }
  }

  // Segments of the window's width lie at multiples of it of the index along the axis: a window is the end of
  // one segment, summed backwards, and the start of the next, summed forwards. No sum depends on where the
  // line begins or leaves its window.
  template <class T>
  static void segments(std::ptrdiff_t radius, LineIn<T> in, LineOut<T> out) {
    if (radius == 0) {
      for (std::ptrdiff_t i = 0; i < out.length; ++i) out.set(i, in[i]);
      return;
    }
    const std::ptrdiff_t width = 2 * radius + 1;
    const std::ptrdiff_t phase = static_cast<std::ptrdiff_t>(((in.start - radius) % width + width) % width);
    // The window of output i begins at voxel i - radius; `s` is the output whose window is the segment.
    for (std::ptrdiff_t s = phase ? -phase : -width; s < out.length - 1; s += width) {
      Vector<T> end{};
      for (std::ptrdiff_t i = s + width - 1; i > s && i >= 0; --i) {
        end = i == s + width - 1 ? in[i - radius] : end + in[i - radius];
        if (i < out.length) out.set(i, end);
      }
      Vector<T> start = in[s + 1 + radius];
      for (std::ptrdiff_t i = s + 1; i <= s + width && i < out.length; ++i) {
        if (i > s + 1) start += in[i + radius];
        if (i >= 0) out.set(i, i < s + width ? load(out.data + i * out.stride) + start : start);
      }
    }
  }
};

template struct Registered<BoxSumLine>;
#include "simd/end_kernel.h"
