// Included by kernel files after begin_kernel.h, in its namespaces. A field of displacements along rows of an output that may lie on
// another grid: vectors in millimetres, interpolated linearly between voxels that are clamped to the field, as steps along the axes of the
// volume that is looked up.
#pragma once

#include "kernels/linear_mix.h"
#include "kernels/resample_rows.h"

// 3 rows of 3: millimetres to steps along each axis.
using StepMatrix = std::span<const double>;

// Of a vector, in the one order in which everybody computes it.
inline double stepAlong(const StepMatrix& steps, int axis, double x, double y, double z) {
  return (steps[3 * axis] * x + steps[3 * axis + 1] * y) + steps[3 * axis + 2] * z;
}

// Vectors in memory: bytes from voxel to voxel, and from one component to the next.
struct Vectors {
  std::ptrdiff_t stride, component;
};

// Steps along each axis of n vectors.
template <class F>
inline void stepsOf(const StepMatrix& steps, const std::byte* from, Vectors vectors, std::int64_t n,
                    double* const* to) {
  const auto each = [&](auto component) {
    for (int k = 0; k < 3; ++k) {
      double* line = to[k];
#pragma GCC ivdep
      for (std::int64_t i = 0; i < n; ++i)
        line[i] = stepAlong(steps, k, component(i, 0), component(i, 1), component(i, 2));
    }
  };
  // Components side by side are taken apart by whole registers.
  if (vectors.component == sizeof(F) && vectors.stride == 3 * sizeof(F)) {
    const auto* packed = reinterpret_cast<const Loose<F>*>(from);
    return each([=](std::int64_t i, int c) { return static_cast<double>(packed[3 * i + c]); });
  }
  each([=](std::int64_t i, int c) {
    return static_cast<double>(get<F>(from + i * vectors.stride + c * vectors.component));
  });
}

// Linear interpolation that never leaves the interval between both, whatever is rounded: extremes of voxels bound what lies between them.
inline double between(double a, double b, double f) {
  const double mix = a + (b - a) * f;
  const double value = b > a ? (mix < b ? mix : b) : (mix > b ? mix : b);
  return f == 0 ? a : mix == mix ? value : mix;
}

// Steps along rows of the output.
template <class F>
class FieldRows {
 public:
  static constexpr std::int64_t lines = 4;  // of the field beside a row

  // Doubles of scratch.
  static std::int64_t scratch(const ResampleMap& map, const Placed& field) {
    std::int64_t longest = 1;
    for (int k = 0; k < 3; ++k)
      if (const int a = map.axis(k); a >= 0) longest = std::max(longest, field.shape[a]);
    return 3 * lines * longest;
  }

  // `map` leads from the output's indices to the field's.
  FieldRows(const ResampleMap& map, const Placed& field, const StepMatrix& steps, double* scratch)
      : source_(sourceOf(map, field)), steps_(steps), component_(field.strides[field.rank - 1]) {
    int varying = 0;
    for (int k = 0; k < 3; ++k)
      if (!source_.axes[k].isConstant()) along_ = k, ++varying;
    isAligned_ = varying <= 1;
    const std::int64_t n = source_.axes[along_].held.length();
    for (auto& line : lines_)
      for (double*& of : line) of = scratch, scratch += n;
  }

  // Goes to the row with indices j and k along the output's second and third axis; `from` is where the field's voxels held begin.
  void begin(std::int64_t j, std::int64_t k, const std::byte* from) {
    for (int a = 0; a < 3; ++a) base_[a] = source_.axes[a].base(j, k);
    from_ = from;
    if (isAligned_) mixLines();
  }

  // Steps along each axis of n voxels of the row, of at most kMixed.
  void steps(std::int64_t first, std::int64_t n, double (*to)[kMixed]) const {
    if (isAligned_) return alongLine(static_cast<double>(first), n, to);
    for (std::int64_t i = 0; i < n; ++i) {
      double at[3], found[3];
      for (int a = 0; a < 3; ++a) at[a] = source_.axes[a].step[0] * static_cast<double>(first + i) + base_[a];
      stepsAt(at, found);
      for (int k = 0; k < 3; ++k) to[k][i] = found[k];
    }
  }

 private:
  // Lines of the field beside a row that runs along one of its axes, or across all.
  void mixLines() {
    const SourceAxis &across = source_.axes[(along_ + 1) % 3], &beyond = source_.axes[(along_ + 2) % 3];
    const Taps<double> near = tapsOf<double>(across, base_[(along_ + 1) % 3]),
                       far = tapsOf<double>(beyond, base_[(along_ + 2) % 3]);
    mixPair(across, beyond, near, far.a, 0);
    if (far.f == 0) return;
    mixPair(across, beyond, near, far.b, 2);
    mixInto(0, 2, far.f);
  }

  void mixPair(const SourceAxis& across, const SourceAxis& beyond, const Taps<double>& near,
               std::int64_t plane, int line) {
    const std::byte* from = from_ + (plane - beyond.held.begin) * beyond.stride;
    readLineOf(from + (near.a - across.held.begin) * across.stride, line);
    if (near.f == 0) return;
    readLineOf(from + (near.b - across.held.begin) * across.stride, line + 1);
    mixInto(line, line + 1, near.f);
  }

  void readLineOf(const std::byte* from, int line) {
    const SourceAxis& axis = source_.axes[along_];
    stepsOf<F>(steps_, from, {axis.stride, component_}, axis.held.length(), lines_[line].data());
  }

  void mixInto(int line, int other, double f) {
    const std::int64_t n = source_.axes[along_].held.length();
    for (int k = 0; k < 3; ++k) {
      double* to = lines_[line][k];
      const double* from = lines_[other][k];
#pragma GCC ivdep
      for (std::int64_t i = 0; i < n; ++i) to[i] = between(to[i], from[i], f);
    }
  }

  void alongLine(double first, std::int64_t n, double (*to)[kMixed]) const {
    const SourceAxis& axis = source_.axes[along_];
    const double step = axis.step[0], base = base_[along_], last = static_cast<double>(axis.extent - 1);
    // Where every voxel of the run lies at one of the field's nothing is mixed.
    const double begin = step * first + base - static_cast<double>(axis.held.begin);
    const double end = begin + static_cast<double>(n), length = static_cast<double>(axis.held.length());
    if (step == 1 && begin >= 0 && end <= length && isWhole(begin)) {
      for (int k = 0; k < 3; ++k)
        std::memcpy(to[k], lines_[0][k] + static_cast<std::int64_t>(begin),
                    static_cast<std::size_t>(n) * sizeof(double));
      return;
    }
    const auto held = static_cast<std::int32_t>(axis.held.begin),
               most = static_cast<std::int32_t>(axis.held.length() - 1);
    std::int32_t a[kMixed], b[kMixed];
    double f[kMixed];
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(n); ++i) {
      double c = step * (first + static_cast<double>(i)) + base;
      c = c > 0 ? c : 0;
      c = c < last ? c : last;
      const auto floor = static_cast<std::int32_t>(c);
      f[i] = c - static_cast<double>(floor);
      a[i] = floor > held ? floor - held : 0;
      a[i] = a[i] < most ? a[i] : most;
      b[i] = a[i] < most ? a[i] + 1 : most;
    }
    for (int k = 0; k < 3; ++k) {
      const double* line = lines_[0][k];
#pragma GCC ivdep
      for (std::int64_t i = 0; i < n; ++i) to[k][i] = between(line[a[i]], line[b[i]], f[i]);
    }
  }

  static bool isWhole(double c) { return static_cast<double>(static_cast<std::int64_t>(c)) == c; }

  // Anywhere, by itself.
  void stepsAt(const double* at, double* found) const {
    Taps<double> taps[3];
    for (int a = 0; a < 3; ++a) taps[a] = tapsOf<double>(source_.axes[a], at[a]);
    const auto& [x, y, z] = taps;
    const auto vector = [&](std::int64_t i, std::int64_t j, std::int64_t l) {
      const std::int64_t index[3] = {i, j, l};
      const std::byte* voxel = from_;
      for (int a = 0; a < 3; ++a) voxel += (index[a] - source_.axes[a].held.begin) * source_.axes[a].stride;
      return voxel;
    };
    const std::byte* corners[8] = {vector(x.a, y.a, z.a), vector(x.b, y.a, z.a), vector(x.a, y.b, z.a),
                                   vector(x.b, y.b, z.a), vector(x.a, y.a, z.b), vector(x.b, y.a, z.b),
                                   vector(x.a, y.b, z.b), vector(x.b, y.b, z.b)};
    double shifts[3][8];
    for (int c = 0; c < 8; ++c) {
      double* const to[3] = {&shifts[0][c], &shifts[1][c], &shifts[2][c]};
      stepsOf<F>(steps_, corners[c], {0, component_}, 1, to);
    }
    for (int k = 0; k < 3; ++k) {
      const auto along = [&](int pair) { return between(shifts[k][pair], shifts[k][pair + 1], x.f); };
      found[k] = between(between(along(0), along(2), y.f), between(along(4), along(6), y.f), z.f);
    }
  }

  Source source_;
  StepMatrix steps_;
  std::ptrdiff_t component_;  // bytes from one component of a vector to the next
  int along_ = 0;             // the axis of the field that a row runs along
  bool isAligned_ = true;     // to that one alone
  std::array<std::array<double*, 3>, lines> lines_{};
  std::array<double, 3> base_{};
  const std::byte* from_ = nullptr;
};
