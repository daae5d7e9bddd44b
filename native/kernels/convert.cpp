#include "simd/begin_kernel.h"

#include "kernels/point_rows.h"
#include "kernels/rounding.h"
#include "kernels/type_lists.h"

// Conversion of the element type. (0, 0) is the store rule: nearest, ties to even, then saturated; NaN
// becomes 0 or the positive quiet NaN.
struct Convert : PointKernel {
  struct Params {
    std::int32_t rounding = 0;  // 0 nearest, 1 truncate, 2 floor
    std::int32_t overflow = 0;  // 0 saturate, 1 wrap
  };

  static constexpr auto name = "convert";
  static constexpr NanKind nans = NanKind::Quiet;
  static constexpr auto fields =
      fieldsOf(field("rounding", &Params::rounding), field("overflow", &Params::overflow));
  static constexpr AllPairs types{};

  static std::string_view check(const Params& p) {
    if (p.rounding < 0 || p.rounding > 2) return "rounding must be 0, 1 or 2";
    return p.overflow < 0 || p.overflow > 1 ? "overflow must be 0 or 1" : "";
  }

  template <class In, class Out>
  static void run(const Params& p, const In* in, Out* out, std::int64_t n) {
    if constexpr (std::is_floating_point_v<Out>) {
      mapRow(in, out, n, [](In x) { return toFloat<Out>(x); });
    } else if constexpr (std::is_floating_point_v<In>) {
      if (p.rounding == 0 && p.overflow == 0) return mapRow(in, out, n, RoundedTo<Out, In>::forRows());
      inPieces(p, in, out, n);
    } else if (p.overflow == 1) {
      mapRow(in, out, n, [](In x) { return static_cast<Out>(x); });
    } else {
      mapRow(in, out, n, [](In x) { return saturated<Out>(x); });
    }
  }

 private:
  template <class Out, class In>
  static Out toFloat(In x) {
    if constexpr (std::is_floating_point_v<In>) return canonical(static_cast<Out>(x));
    else return static_cast<Out>(x);
  }

  static constexpr std::int64_t kPiece = 256;

  // What is rare goes by steps that know one of the two types only: whole numbers first, which are the nearest to themselves.
  template <class In, class Out>
  static void inPieces(const Params& p, const In* in, Out* out, std::int64_t n) {
    In whole[kPiece];
    std::uint64_t words[kPiece];
    for (std::int64_t i = 0; i < n; i += kPiece) {
      const std::int64_t count = std::min(kPiece, n - i);
      makeWhole(p, in + i, whole, count);
      if (p.overflow == 0) {
        mapRow(whole, out + i, count, RoundedTo<Out, In>::forRows());
      } else {
        wrap(whole, words, count);
        mapRow(words, out + i, count, [](std::uint64_t x) { return static_cast<Out>(x); });
      }
    }
  }

  template <class T>
  [[gnu::noinline]] static void makeWhole(const Params& p, const T* in, T* out, std::int64_t n) {
    if (p.rounding == 0) mapRow(in, out, n, [](T x) { return rounded<Rounding::Nearest>(x); });
    else if (p.rounding == 1) mapRow(in, out, n, [](T x) { return rounded<Rounding::Truncate>(x); });
    else mapRow(in, out, n, [](T x) { return rounded<Rounding::Floor>(x); });
  }

  template <class T>
  [[gnu::noinline]] static void wrap(const T* in, std::uint64_t* out, std::int64_t n) {
    mapRow(in, out, n, [](T x) { return wrapped(x); });
  }

  template <class Out, class In>
  static Out saturated(In x) {
    using O = std::numeric_limits<Out>;
    using I = std::numeric_limits<In>;
    constexpr bool cutsLow = std::is_signed_v<In> && (!std::is_signed_v<Out> || O::digits < I::digits);
    if constexpr (cutsLow) {
      constexpr In low = std::is_signed_v<Out> ? static_cast<In>(O::min()) : In{0};
      x = x < low ? low : x;
    }
    if constexpr (O::digits < I::digits) {
      constexpr In high = static_cast<In>(O::max());
      x = x > high ? high : x;
    }
    return static_cast<Out>(x);
  }
};

template struct Registered<Convert>;
#include "simd/end_kernel.h"
