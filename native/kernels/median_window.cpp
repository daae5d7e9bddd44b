#include "simd/begin_kernel.h"

#include "kernels/box_radius.h"
#include "kernels/median_networks.h"
#include "kernels/rank_select.h"

// The axes of a median's box: values are sorted along `line`, sorted lists are merged along `row` and
// `plane`. Outputs lie along row and plane and share what they have in common; an axis outside the box has
// one output.
template <class T>
struct Roles {
  struct Axis {
    std::ptrdiff_t in = 0, out = 0;
    std::int64_t count = 1;
  };
  const T* data = nullptr;  // at the first corner of the first window
  T* out = nullptr;
  std::ptrdiff_t line = 0;
  Axis row, plane;
};

// Medians of 3 x 3 or 5 x 5 voxels, in pairs of rows.
template <int Side, class T>
struct MedianOfLines {
  using V = Vector<T>;

  static void run(const Roles<T>& roles, std::int64_t nx) {
    for (std::int64_t y = 0; y < roles.row.count; y += 2)
      for (std::int64_t x = 0; x < nx; x += kLanes<T>)
        pair(roles, roles.data + y * roles.row.in + x, roles.out + y * roles.row.out + x,
             y + 1 < roles.row.count);
  }

 private:
  static void pair(const Roles<T>& roles, const T* in, T* out, bool second) {
    V sorted[Side + 1][Side], middle[6], result[2];
    for (int k = 0; k <= Side; ++k) {
      const T* line = in + (k < Side || second ? k : Side - 1) * roles.row.in;
      V values[Side];
      for (int i = 0; i < Side; ++i) values[i] = load(line + i * roles.line);
      if constexpr (Side == 3) sort3(values, sorted[k]);
      else sort5(values, sorted[k]);
    }
    if constexpr (Side == 3) {
      middleOf3And3(sorted[1], sorted[2], middle);
      medianOf9(middle, sorted[0], &result[0]);
      medianOf9(middle, sorted[3], &result[1]);
    } else {
      V low[10], high[10];
      merge5And5(sorted[1], sorted[2], low);
      merge5And5(sorted[3], sorted[4], high);
      middleOf10And10(low, high, middle);
      medianOf25(middle, sorted[0], &result[0]);
      medianOf25(middle, sorted[5], &result[1]);
    }
    store(out, result[0]);
    if (second) store(out + roles.row.out, result[1]);
  }
};

// Medians of 3 x 3 x 3 or 5 x 5 x 5 voxels: two rows of outputs go along the planes, two at a time.
template <int Side, class T>
struct MedianOfPlanes {
  using V = Vector<T>;
  static constexpr int area = Side * Side;
  static constexpr int ring = Side + 1;

  struct Column {
    V planes[ring][2][area];  // sorted; plane z of the column at z % ring
    V pairs[2][2][2 * area];  // two neighbouring planes merged (Side 5)
  };

  static void run(const Roles<T>& roles, std::int64_t nx) {
    for (std::int64_t y = 0; y < roles.row.count; y += 2)
      for (std::int64_t x = 0; x < nx; x += kLanes<T>)
        column(roles, roles.data + y * roles.row.in + x, roles.out + y * roles.row.out + x,
               y + 1 < roles.row.count);
  }

 private:
  static void column(const Roles<T>& roles, const T* in, T* out, bool secondRow) {
    Column c;
    const std::ptrdiff_t row = roles.row.in, extra = (secondRow ? Side : Side - 1) * row;
    std::int64_t ready = 0;
    int newest = 0;
    const auto planesUntil = [&](std::int64_t end) {
      for (; ready < end; ++ready)
        sortPlane(in + ready * roles.plane.in, roles.line, row, extra, c.planes[ready % ring]);
    };
    for (std::int64_t z = 0; z < roles.plane.count; z += 2) {
      const bool secondPlane = z + 1 < roles.plane.count;
      planesUntil(z + Side + secondPlane);
      if constexpr (Side == 5) {
        if (z == 0) mergePlanes(c.planes[1], c.planes[2], c.pairs[newest]);
        newest ^= 1;
        mergePlanes(c.planes[(z + 3) % ring], c.planes[(z + 4) % ring], c.pairs[newest]);
      }
      for (int r = 0; r < (secondRow ? 2 : 1); ++r) {
        V result[2];
        const V* first = c.planes[z % ring][r];
        const V* last = c.planes[(z + Side) % ring][r];
        if constexpr (Side == 3)
          select3(c.planes[(z + 1) % ring][r], c.planes[(z + 2) % ring][r], first, last, result);
        else select5(c.pairs[newest ^ 1][r], c.pairs[newest][r], first, last, result);
        T* to = out + z * roles.plane.out + r * roles.row.out;
        store(to, result[0]);
        if (secondPlane) store(to + roles.plane.out, result[1]);
      }
    }
  }

  // The lists of one plane for two neighbouring rows of outputs.
  __attribute__((noinline)) static void sortPlane(const T* in, std::ptrdiff_t line, std::ptrdiff_t row,
                                                  std::ptrdiff_t extra, V (&lists)[2][area]) {
    V sorted[Side + 1][Side];
    for (int k = 0; k <= Side; ++k) {
      const T* from = in + (k < Side ? k * row : extra);
      V values[Side];
      for (int i = 0; i < Side; ++i) values[i] = load(from + i * line);
      if constexpr (Side == 3) sort3(values, sorted[k]);
      else sort5(values, sorted[k]);
    }
    if constexpr (Side == 3) {
      V shared[6];
      merge3And3(sorted[1], sorted[2], shared);
      merge6And3(shared, sorted[0], lists[0]);
      merge6And3(shared, sorted[3], lists[1]);
    } else {
      V low[10], high[10], shared[20];
      merge5And5(sorted[1], sorted[2], low);
      merge5And5(sorted[3], sorted[4], high);
      merge10And10(low, high, shared);
      merge20And5(shared, sorted[0], lists[0]);
      merge20And5(shared, sorted[5], lists[1]);
    }
  }

  __attribute__((noinline)) static void mergePlanes(const V (&a)[2][area], const V (&b)[2][area],
                                                    V (&merged)[2][2 * area]) {
    for (int r = 0; r < 2; ++r) merge25And25(a[r], b[r], merged[r]);
  }

  static void select3(const V* a, const V* b, const V* first, const V* last, V (&result)[2]) {
    V middle[10];
    middleOf9And9(a, b, middle);
    medianOf27(middle, first, &result[0]);
    medianOf27(middle, last, &result[1]);
  }

  __attribute__((noinline)) static void select5(const V* a, const V* b, const V* first, const V* last,
                                                V (&result)[2]) {
    V middle[26];
    middleOf50And50(a, b, middle);
    medianOf125(middle, first, &result[0]);
    medianOf125(middle, last, &result[1]);
  }
};

// Middle of the box of 2 * radius + 1 voxels per axis.
struct MedianWindow : WindowKernel {
  struct Params {
    PerAxis radius;
  };

  static constexpr auto name = "median_window";
  static constexpr auto fields = fieldsOf(field("radius", &Params::radius));
  static constexpr Types<Same<std::uint8_t>, Same<std::int16_t>, Same<std::int32_t>, Same<std::int64_t>>
      types{};
  static constexpr bool chunked = false;

  static Halo halo(const Params& p, int rank) { return haloOfRadius(p.radius, rank); }

  static std::string_view check(const Params& p) { return checkRadius(p.radius); }

  template <class In, class Out>
  static void run(const Params& p, const Window<In>& in, const Box<Out>& out) {
    int axes[kMaxRank], count = 0;
    bool equal = true;
    std::int64_t size = 1;
    for (int a = 0; a < in.rank; ++a) {
      if (radiusOf(p.radius, a) == 0) continue;
      axes[count++] = a;
      size *= 2 * radiusOf(p.radius, a) + 1;
      equal = equal && radiusOf(p.radius, a) == radiusOf(p.radius, axes[0]);
    }
    const std::int64_t radius = count ? radiusOf(p.radius, axes[0]) : 0;
    if constexpr (sizeof(In) < 8) {
      if (equal && radius == 1 && count == 2)
        return networks<MedianOfLines<3, In>>(axes, count, radius, in, out);
      if (equal && radius == 2 && count == 2)
        return networks<MedianOfLines<5, In>>(axes, count, radius, in, out);
      if (equal && radius == 1 && count == 3)
        return networks<MedianOfPlanes<3, In>>(axes, count, radius, in, out);
      if (equal && radius == 2 && count == 3)
        return networks<MedianOfPlanes<5, In>>(axes, count, radius, in, out);
    }
    selectRank<In>(p.radius, size / 2, in, out);
  }

 private:
  // Work per output: rows are taken in pairs, and a column also sorts the planes around it.
  static double wasted(std::int64_t rows, std::int64_t planes, std::int64_t radius) {
    return static_cast<double>(rows + rows % 2) / static_cast<double>(rows) *
           (1 + 2 * static_cast<double>(radius) / static_cast<double>(planes));
  }

  // Axes 1 and 2 of the box become row and plane where the window has them; what is left of the box is
  // looped over.
  template <class Networks, class T>
  static void networks(const int* axes, int count, std::int64_t radius, const Window<T>& in,
                       const Box<T>& out) {
    using Axis = typename Roles<T>::Axis;
    const Axis y{in.rank > 1 ? in.stride[1] : 0, out.sy, out.ny},
        z{in.rank > 2 ? in.stride[2] : 0, out.sz, out.nz};
    bool hasY = false, hasZ = false;
    std::ptrdiff_t others[3] = {}, corner = 0;
    int left = 0;
    for (int k = 0; k < count; ++k) {
      corner += radius * in.stride[axes[k]];
      if (axes[k] == 1) hasY = true;
      else if (axes[k] == 2 && count == 3) hasZ = true;
      else others[left++] = in.stride[axes[k]];
    }
    Roles<T> roles;
    roles.line = others[0];
    int used = 1;
    roles.row = hasY ? y : Axis{others[used++]};
    roles.plane = hasZ ? z : count == 3 ? Axis{others[used]} : Axis{};
    const std::int64_t rows = roles.row.count, planes = roles.plane.count;
    if (count == 3 && wasted(planes, rows, radius) < wasted(rows, planes, radius))
      std::swap(roles.row, roles.plane);
    for (std::int64_t k = 0; k < (hasZ ? 1 : out.nz); ++k)
      for (std::int64_t j = 0; j < (hasY ? 1 : out.ny); ++j) {
        roles.data = in.data + k * z.in + j * y.in - corner;
        roles.out = out.data + k * z.out + j * y.out;
        Networks::run(roles, out.nx);
      }
  }
};

template struct Registered<MedianWindow>;
#include "simd/end_kernel.h"
