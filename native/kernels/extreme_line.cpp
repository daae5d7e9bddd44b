#include "simd/begin_kernel.h"

#include "kernels/extremes.h"

// Least, or greatest, of the 2 * radius + 1 voxels around each voxel of a line.
struct ExtremeLine : LineKernel {
  struct Params {
    std::int32_t radius = 1;
    std::int32_t greatest = 0;
  };

  static constexpr auto name = "extreme_line";
  static constexpr auto fields =
      fieldsOf(field("radius", &Params::radius), field("greatest", &Params::greatest));
  static constexpr Types<Same<std::uint8_t>, Same<std::int16_t>, Same<std::int32_t>, Same<std::int64_t>>
      types{};

  static int halo(const Params& p) { return p.radius; }
  static std::string_view check(const Params& p) {
    if (p.greatest != 0 && p.greatest != 1) return "greatest must be 0 or 1";
    return p.radius < 0 || p.radius > 1 << 30 ? "radius must be an integer of 0 to 2^30" : "";
  }

  template <class T>
  static void run(const Params& p, LineIn<T> in, LineOut<T> out) {
    if (p.greatest) line<true>(p.radius, in, out);
    else line<false>(p.radius, in, out);
  }

  template <class T>
  static void row(const Params& p, const T* in, T* out, std::int64_t n, std::byte* local) {
    T* const buffer = reinterpret_cast<T*>(local);
    if (p.greatest) bestAlongRow<true>(p.radius, in, out, n, buffer);
    else bestAlongRow<false>(p.radius, in, out, n, buffer);
  }

 private:
  template <bool Greatest, class T>
  static void line(std::ptrdiff_t radius, LineIn<T> in, LineOut<T> out) {
    std::ptrdiff_t i = 0;
    if (radius == 1)
      for (; i + 2 <= out.length; i += 2) some<Greatest, 2>(radius, in, out, i);
    else if (radius > 1 && radius <= 4)
      for (; i + 4 <= out.length; i += 4) some<Greatest, 4>(radius, in, out, i);
    const std::ptrdiff_t width = 2 * radius + 1;
    for (; i < out.length; i += width) segment<Greatest>(radius, in, out, i, std::min(width, out.length - i));
  }

  // Windows of neighbouring outputs share what lies between the start of the last and the end of the first: each is that, what it
  // has on the left, gathered from the last to the first, and what it has on the right (van Herk; Gil and Werman). At most
  // 2 * radius + 1 outputs share anything.
  template <bool Greatest, int Count, class T>
  static void some(std::ptrdiff_t radius, LineIn<T> in, LineOut<T> out, std::ptrdiff_t i) {
    Vector<T> left[Count];
    left[Count - 1] = in[i + Count - 1 - radius];
    for (std::ptrdiff_t k = i + Count - radius; k <= i + radius; ++k)
      left[Count - 1] = better<Greatest>(left[Count - 1], in[k]);
    for (int j = Count - 2; j >= 0; --j) left[j] = better<Greatest>(left[j + 1], in[i + j - radius]);
    out.set(i, left[0]);
    Vector<T> right = in[i + 1 + radius];
    for (int j = 1; j < Count; ++j) {
      if (j > 1) right = better<Greatest>(right, in[i + j + radius]);
      out.set(i + j, better<Greatest>(left[j], right));
    }
  }

  // The same for any number of outputs; what lies on the left waits in the output.
  template <bool Greatest, class T>
  static void segment(std::ptrdiff_t radius, LineIn<T> in, LineOut<T> out, std::ptrdiff_t i,
                      std::ptrdiff_t count) {
    Vector<T> left = in[i + count - 1 - radius];
    for (std::ptrdiff_t k = i + count - radius; k <= i + radius; ++k) left = better<Greatest>(left, in[k]);
    out.set(i + count - 1, left);
    for (std::ptrdiff_t j = count - 2; j >= 0; --j) {
      left = better<Greatest>(left, in[i + j - radius]);
      out.set(i + j, left);
    }
    if (count == 1) return;
    Vector<T> right = in[i + 1 + radius];
    for (std::ptrdiff_t j = 1; j < count; ++j) {
      if (j > 1) right = better<Greatest>(right, in[i + j + radius]);
      out.set(i + j, better<Greatest>(load(out.data + (i + j) * out.stride), right));
    }
  }
};

template struct Registered<ExtremeLine>;
#include "simd/end_kernel.h"
