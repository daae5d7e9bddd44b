#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/dtype.h"
#include "kernel/region_call.h"
#include "volume/region.h"

namespace voxline {

enum class Level : std::uint8_t { Baseline, V2, V3, V4, Neon };
inline constexpr int kLevels = 5;

// What a kernel sees. Point: the voxel itself. Line: voxels along one axis. Window: voxels around, along any axes.
// Reduce: all voxels, giving numbers instead of voxels. Region: parts of whole volumes, which may lie on different grids; such a
// kernel is no stage of a plan but is called by itself.
enum class KernelShape : std::uint8_t { Point, Line, Window, Reduce, Region };

// A Number is one value of the plan; a List is a length and that many; PerAxis is a List with one value per axis of the volume.
enum class FieldKind : std::uint8_t { Number, Integer, List, PerAxis };

struct FieldInfo {
  std::string_view name;
  FieldKind kind;
};

// How far a stage reads beyond the voxels it computes, per axis.
struct Halo {
  Index low{};
  Index high{};
};

// Voxels in scratch: `data` at the voxel under the first one computed, strides in elements.
struct Block {
  void* data = nullptr;
  Index stride{};
};

inline constexpr int kMaxInputs = 4;

// What a worker has reduced so far. A kernel may find it full: then `empty` merges it into the run's total and starts it anew.
struct ReduceState {
  void* data = nullptr;
  void (*empty)(ReduceState& state) = nullptr;
};

// One call computes a box of voxels. Rows along axis 0 have stride 1; up to kRowSlack elements beyond the end of a row may be
// read and written (they are scratch), so kernels work in whole vectors and need no tails. Rows are computed in the order of their
// addresses: the scratch beyond a row may be where the next one begins.
struct Call {
  int rank = 0;
  Index shape{};   // voxels to compute
  Index origin{};  // index of the first of them in its volume
  Index extent{};  // shape of that volume
  Index axes{};    // axes[k] is where the volume's own axis k has gone: sums over axes run in this order
  int axis = -1;   // of a line kernel
  int inputs = 0;
  std::array<Block, kMaxInputs> in{};
  Block out;
  ReduceState* state = nullptr;  // of a reduce kernel
  std::byte* local = nullptr;  // kLocalBytes of scratch of the worker, aligned to 64
};

inline constexpr std::int64_t kRowSlack = 64;  // elements
inline constexpr std::size_t kLocalBytes = 1 << 20;

// Sums over rows are made of pieces that end at multiples of this of the index: kernels and the planner agree on it.
inline constexpr std::int64_t kLeaf = 1024;

inline constexpr std::size_t kParamBytes = 512;

// A kernel's parameters, decoded: trivially copyable, lists are spans into the plan.
struct alignas(16) ParamBlock {
  std::array<std::byte, kParamBytes> bytes{};
};

// A list that takes any number of results.
struct ResultSink {
  void* list = nullptr;
  void (*append)(void* list, double value) = nullptr;
  void add(double value) const { append(list, value); }
};

// Which NaN a kernel's floats may be.
enum class NanKind : std::uint8_t {
  Any,
  NoneOfIntegers,  // none where it is given integers
  Quiet,           // only the positive quiet one
};

// What is the same for every level and type.
struct KernelInfo {
  std::string_view name;
  KernelShape shape = KernelShape::Point;
  int inputs = 1;       // the most a stage may have
  int leastInputs = 1;  // and the fewest
  bool ownSecond = false;  // further inputs are of the dtype `second`, not that of the first
  DType second = DType::UInt8;
  std::span<const FieldInfo> fields;
  bool chunked = true;      // may be given small boxes without losing speed
  bool exact = false;       // reads and writes nothing beyond the ends of rows
  NanKind nans = NanKind::Any;
  bool (*ordered)(DType in) = nullptr;  // whether a reduce kernel must see rows along the volume's own axis 0
  // Decodes `count` plan numbers; false when they do not fit the fields.
  bool (*decode)(const double* numbers, std::size_t count, ParamBlock& params) = nullptr;
  // Empty when the parameters are right, otherwise what is wrong.
  std::string_view (*check)(const ParamBlock& params, int rank) = nullptr;
  Halo (*halo)(const ParamBlock& params, int rank, int axis) = nullptr;
  void (*permute)(ParamBlock& params, const Index& order, int rank, double* storage) = nullptr;
  // Reduce kernels. States are trivially copyable and aligned to 16 bytes; `rank` is the plan's.
  std::size_t (*stateBytes)(const ParamBlock& params, int rank) = nullptr;
  void (*startState)(const ParamBlock& params, int rank, void* state, std::size_t bytes) = nullptr;
  // False, with nothing changed, when the state has no room for the other one.
  bool (*mergeState)(const ParamBlock& params, void* state, const void* other) = nullptr;
  void (*result)(const ParamBlock& params, const void* state, const ResultSink& out) = nullptr;
  // Region kernels. Empty when the views go together, otherwise what is wrong.
  std::string_view (*checkRegion)(const ParamBlock& params, const RegionCall& call) = nullptr;
  // Bit a is set for an axis of out[0] that must not be cut between calls.
  unsigned (*wholeAxes)(const ParamBlock& params, const RegionCall& call) = nullptr;
  // Bytes of scratch one call wants.
  std::size_t (*localBytes)(const ParamBlock& params, const RegionCall& call) = nullptr;
};

using RunKernel = void (*)(const ParamBlock& params, const Call& call);
using RunRegionKernel = void (*)(const ParamBlock& params, const RegionCall& call);

// One instance: a kernel built for one level and one pair of types. Reduce kernels have out == in. A region kernel's types are those
// of in[0] (out[0] when it has no input) and out[0].
struct KernelEntry {
  const KernelInfo* info = nullptr;
  Level level = Level::Baseline;
  DType in = DType::UInt8;
  DType out = DType::UInt8;
  RunKernel run = nullptr;
  RunRegionKernel runRegion = nullptr;
};

}  // namespace voxline
