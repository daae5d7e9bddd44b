// Included by kernel files after begin_kernel.h, in its namespaces. Voxels of an output that are looked up where a field of displacements
// moves them.
#pragma once

#include "kernels/warp_field.h"

// Axes and rows of 4 as those of a ResampleMap, to the input and to the field.
struct WarpParams {
  std::span<const double> axes;
  std::span<const double> matrix;
  std::span<const double> fieldAxes;
  std::span<const double> fieldMatrix;
  std::span<const double>
      beside;                     // per axis of the output the field's that goes along with it; -1: none does
  std::span<const double> steps;  // 3 rows of 3: millimetres of the field to steps of the input

  ResampleMap toInput() const { return {axes, matrix}; }
  ResampleMap toField() const { return {fieldAxes, fieldMatrix}; }
  int fieldAxis(int axis) const { return static_cast<int>(beside[static_cast<std::size_t>(axis)]); }
};

template <class P>
constexpr auto warpFields() {
  return fieldsOf(field("axes", &P::axes), field("matrix", &P::matrix), field("fieldAxes", &P::fieldAxes),
                  field("fieldMatrix", &P::fieldMatrix), field("beside", &P::beside),
                  field("steps", &P::steps));
}

inline std::string_view checkField(const Placed& field, const std::span<const double>& steps) {
  if (field.dtype != DType::Float32 && field.dtype != DType::Float64) return "the field must hold floats";
  if (field.rank < 2 || field.extent[field.rank - 1] != 3 || field.shape[field.rank - 1] != 3)
    return "the field must have three components";
  if (steps.size() != 9) return "there must be 3 rows of 3";
  for (const double value : steps)
    if (!(value > -1e12 && value < 1e12)) return "the steps must be finite";
  return {};
}

[[gnu::noinline]] inline std::string_view checkWarp(const WarpParams& p, const RegionCall& call) {
  if (const auto wrong = checkMap(p.toInput(), call); !wrong.empty()) return wrong;
  const Placed &field = call.in[1], &out = call.out[0];
  if (const auto wrong = checkField(field, p.steps); !wrong.empty()) return wrong;
  if (p.fieldAxes.empty() || p.fieldAxes.size() > 3 || p.fieldMatrix.size() != 12)
    return "there must be 1 to 3 axes and 3 rows of 4 of the field";
  if (p.beside.size() != static_cast<std::size_t>(out.rank)) return "a value per axis is missing";
  unsigned taken = 1u << (field.rank - 1);
  const auto take = [&](double axis) {
    if (!(axis >= 0 && axis < field.rank) || axis != static_cast<int>(axis)) return false;
    const unsigned bit = 1u << static_cast<int>(axis);
    return (taken & bit) == 0 && (taken |= bit) != 0;
  };
  for (const double axis : p.fieldAxes)
    if (!take(axis)) return "an axis of the field is out of range or named twice";
  for (const double value : p.fieldMatrix)
    if (!(value > -1e12 && value < 1e12)) return "the matrix must be finite";
  for (int a = 0; a < out.rank; ++a) {
    if (p.beside[static_cast<std::size_t>(a)] == -1) continue;
    if (!take(p.beside[static_cast<std::size_t>(a)]))
      return "an axis of the field is out of range or named twice";
    const int f = p.fieldAxis(a);
    if (field.start[f] > out.start[a] || field.start[f] + field.shape[f] < out.start[a] + out.shape[a])
      return "the field lacks voxels";
  }
  for (int a = 0; a < field.rank; ++a)
    if (field.extent[a] > 2147483647 || field.shape[a] < 1)
      return "an axis of the field is too long or empty";
  return {};
}

inline std::size_t warpBytes(const WarpParams& p, const RegionCall& call) {
  const std::int64_t doubles = FieldRows<float>::scratch(p.toField(), call.in[1]);
  return static_cast<std::size_t>(LocalMemory::bytesOf<double>(doubles));
}

// Coordinates in the input of up to kMixed voxels of a row, by its axes.
struct alignas(64) Places {
  double at[3][kMixed];

  bool isInside(const Source& source, std::int64_t i) const {
    bool inside = true;
    for (int k = 0; k < 3; ++k)
      inside = inside && at[k][i] >= -0.5 && at[k][i] < static_cast<double>(source.axes[k].extent) - 0.5;
    return inside;
  }
};

// place(places, n) for every run of voxels, then put(where the input's voxels begin, where the run's go, n) once for each such run of the
// output that has these places: those of all components, and along axes that the field does not have.
template <class F, class Place, class Put>
inline void eachRunOf(const WarpParams& p, const Source& source, const RegionCall& call, double* scratch,
                      Place place, Put put) {
  const ResampleMap map = p.toInput(), toField = p.toField();
  const Placed &in = call.in[0], &field = call.in[1], &out = call.out[0];
  const int x = map.axis(0), y = map.axis(1), z = map.axis(2);
  Region rows = call.part;
  unsigned placed = 0;  // axes along which places differ
  for (const double axis : p.axes) placed |= 1u << static_cast<int>(axis);
  for (int a = 0; a < out.rank; ++a) {
    if (p.fieldAxis(a) >= 0) placed |= 1u << a;
    if (!(placed >> a & 1u)) rows.shape[a] = 1;
  }
  FieldRows<F> shifts(toField, field, p.steps, scratch);
  Places places;
  eachRowStart(map, rows, [&](const Index& start) {
    Index from = field.start;
    for (int a = 0; a < out.rank; ++a)
      if (p.fieldAxis(a) >= 0) from[p.fieldAxis(a)] = start[a];
    const std::int64_t j = y < 0 ? 0 : start[y], k = z < 0 ? 0 : start[z];
    shifts.begin(j, k, addressOf(field, from));
    const Interval row = call.part.axis(x);
    for (std::int64_t i = row.begin; i < row.end; i += kMixed) {
      const std::int64_t n = std::min(kMixed, row.end - i);
      shifts.steps(i, n, places.at);
      for (int a = 0; a < 3; ++a) {
        const double step = source.axes[a].step[0], base = source.axes[a].base(j, k);
        const double first = static_cast<double>(i);
        for (std::int32_t v = 0; v < static_cast<std::int32_t>(n); ++v)
          places.at[a][v] = (step * (first + static_cast<double>(v)) + base) + places.at[a][v];
      }
      place(places, n);
      Region alike = call.part;
      for (int a = 0; a < out.rank; ++a)
        if (placed >> a & 1u) alike.setAxis(a, {start[a], start[a] + 1});
      eachLine(alike, x, [&](Index at) {
        at[x] = i;
        put(beginFor(map, in, at), addressOf(out, at), n);
      });
    }
  });
}

// f.template operator()<element type of the field>().
template <class F>
inline void forField(const RegionCall& call, F f) {
  if (call.in[1].dtype == DType::Float64) return f.template operator()<double>();
  f.template operator()<float>();
}
