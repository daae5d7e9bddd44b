// Included by kernel files after begin_kernel.h, in its namespaces: the two complex one-pole sections of the recursive Gaussian, in each direction.
//
// Causal state before voxel i: s = sum over k >= 1 of p^(k-1) x[i-k]. Anticausal state behind voxel i: t = sum over k >= 1 of
// p^(k-1) x[i+k]. Beyond the ends the line goes on with its last voxel, so there both are x / (1 - p). The result is
// h0 x[i] + Re(w s) + Re(v t) summed over the sections.
//
// Lines are cut into segments of 64 at multiples of 64 of the index. A causal state passes from one segment to the next; the anticausal
// one behind a segment is p^length times that behind the next plus the next one's own contribution. So states at the cuts suffice to
// compute any segment, with the same operations wherever a piece begins.
#pragma once

#include "kernels/line_strips.h"
#include "kernels/type_lists.h"

inline constexpr std::int64_t kSegment = 64;
inline constexpr int kSectionValues = 4;  // re and im of two sections
inline constexpr int kSlotValues = 2 * kSectionValues;

inline std::int64_t segmentsOf(std::int64_t extent) { return (extent + kSegment - 1) / kSegment; }

template <class T>
struct Recursion {
  using V = Vector<T>;
  using State = std::array<std::array<V, 2>, kSectionValues>;
  static constexpr int kWidth = kStripLanes<T>;

  std::array<T, kSectionValues> pole, gain;
  std::array<T, (kSegment + 1) * kSectionValues> powers;

  Recursion(const double* poles, const double* gains, const double* powersOf) {
    for (int k = 0; k < kSectionValues; ++k)
      pole[k] = static_cast<T>(poles[k]), gain[k] = static_cast<T>(gains[k]);
    for (std::size_t k = 0; k < powers.size(); ++k) powers[k] = static_cast<T>(powersOf[k]);
  }

  // The state next to a line that goes on as x for ever.
  State steady(const T* x) const {
    State s;
    for (int k = 0; k < kSectionValues; ++k)
      for (int v = 0; v < 2; ++v) s[k][v] = load(x + v * kLanes<T>) * splat(gain[k]);
    return s;
  }

  // A state that has died away counts as zero: lines of zeros must not go on with denormal numbers.
  static State settled(State s) {
    const V tiny = splat(std::numeric_limits<T>::min() * T{1024});
    for (auto& part : s)
      for (V& v : part) v = (v < tiny) & (v > -tiny) ? V{} : v;
    return s;
  }

  void step(State& s, V x, int v) const {
    for (int k = 0; k < kSectionValues; k += 2) {
      const V re = s[k][v], im = s[k + 1][v];
      s[k][v] = (re * splat(pole[k]) - im * splat(pole[k + 1])) + x;
      s[k + 1][v] = im * splat(pole[k]) + re * splat(pole[k + 1]);
    }
  }

  // Adds the voxels first … first + n of a segment to its own contribution to the anticausal state before it.
  void contribute(State& sum, const T* x, std::int64_t first, std::int64_t n) const {
    for (std::int64_t i = 0; i < n; ++i) {
      const T* power = powers.data() + (first + i) * kSectionValues;
      for (int v = 0; v < 2; ++v) {
        const V voxel = load(x + i * kWidth + v * kLanes<T>);
        for (int k = 0; k < kSectionValues; ++k) sum[k][v] += voxel * splat(power[k]);
      }
    }
  }

  // The anticausal state before a segment of `length`, from the one behind it and its own contribution.
  State before(const State& behind, const State& own, std::int64_t length) const {
    const T* power = powers.data() + length * kSectionValues;
    State s;
    for (int k = 0; k < kSectionValues; k += 2)
      for (int v = 0; v < 2; ++v) {
        const V re = behind[k][v], im = behind[k + 1][v];
        s[k][v] = (re * splat(power[k]) - im * splat(power[k + 1])) + own[k][v];
        s[k + 1][v] = (im * splat(power[k]) + re * splat(power[k + 1])) + own[k + 1][v];
      }
    return settled(s);
  }

  static State loadState(const T* values) {
    State s;
    for (int k = 0; k < kSectionValues; ++k)
      for (int v = 0; v < 2; ++v) s[k][v] = load(values + k * kWidth + v * kLanes<T>);
    return s;
  }

  static void storeState(const State& s, T* values) {
    for (int k = 0; k < kSectionValues; ++k)
      for (int v = 0; v < 2; ++v) store(values + k * kWidth + v * kLanes<T>, s[k][v]);
  }
};
