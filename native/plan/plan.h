#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "io/file_layout.h"
#include "kernel/kernel.h"
#include "kernel/registry.h"
#include "plan/script.h"
#include "plan/supply.h"
#include "volume/border.h"
#include "volume/view.h"

namespace voxline {

// One pass: sources, a graph of stages, sinks. Plain data, decoded from one array of float64 and a few handles.
//
// Encoding (ts/pipeline/encode-plan.ts writes it, decode_plan.cpp reads it; every number is checked before use):
//   magic 0x564f58, version 1
//   rank, region.start[rank], region.shape[rank]            the region every sink takes, in the extent of its node
//   executor (0 fused, 1 reference), level (-1 best, or Level), threads (0 all), memory (bytes, 0 none),
//   divisions (0 by memory, else ≥ 1), split (0 slabs, 1 blocks), tile[rank] (0 the planner's choice)
//   axes[rank]                                              axes[k] = plan axis of the volume's own axis k
//   node count, then per node:
//     kind 0 source: dtype (of the node), extent[rank], then
//       storage 0 view: handle (Memory), stored dtype, byte offset of voxel 0, byte strides[rank]
//       storage 1 file: handle (path), stored dtype, compression (0 none, 1 gzip, 2 zlib; 4 more, and streamStart follows, where
//         the stream starts inside the file), bigEndian, start, byte strides[rank]
//       storage 2 supply: handle (function), stored dtype, byte strides[rank] whose order the memory it fills will have
//       scaled (0 | 1), slope, intercept                    node value = stored · slope + intercept when scaled
//     kind 1 stage: kernel, in dtype, out dtype, inputs n, node[n], axis (-1 none), border mode (Border), border value low word, high word
//       (the value's bits in the in dtype, two uint32), count, params[count]
//     kind 2 reduce: the same as a stage; it has no voxels. A further input is of the kernel's own second dtype (uint8: a mask)
//     kind 3 script: handle (function), in dtype, out dtype, inputs 1, node, border as above, low[rank], high[rank] (halo)
//   sink count, then per sink: node,
//     storage 0 view: handle (Memory), stored dtype, byte offset of the region's first voxel, byte strides[rank]
//     storage 1 file: handle (path), stored dtype, compression (4 more, and the length of the whole file and bigEndian follow),
//       start, byte strides[rank], header handle (bytes, -1 none), level, overwrite (0 | 1; 2: paste into the file that is
//       there); start and strides are those of the region's own first voxel
inline constexpr double kPlanMagic = 0x564f58;
inline constexpr double kPlanVersion = 1;

using NodeId = int;

// Where a source's voxels come from, or a sink's go.
using Storage = std::variant<View, FileLayout>;

inline const Index& stridesOf(const Storage& storage) {
  return std::visit([](const auto& s) -> const Index& { return s.strides; }, storage);
}

inline const FileLayout* fileOf(const Storage& storage) { return std::get_if<FileLayout>(&storage); }

inline bool isCompressed(const Storage& storage) {
  const FileLayout* file = fileOf(storage);
  return file && file->compression != Compression::None;
}

struct Scaling {
  bool scaled = false;
  double slope = 1;
  double intercept = 0;
};

struct Node {
  enum class Kind : std::uint8_t { Source, Stage, Reduce, Scripted };
  Kind kind = Kind::Source;
  DType dtype = DType::UInt8;  // of the node's voxels in scratch
  Index extent{};

  // sources
  Storage storage;
  DType stored = DType::UInt8;
  Scaling scaling;
  int supply = -1;  // number of the run's supply; `storage` is then a layout without a file

  // stages, reductions, scripts
  const KernelInfo* kernel = nullptr;
  DType in = DType::UInt8;
  std::vector<NodeId> inputs;
  int axis = -1;
  Border border = Border::Edge;
  std::uint64_t borderBits = 0;
  Halo halo;
  ParamBlock params;
  std::array<double, kMaxRank * 8> permuted{};  // values of per-axis parameters after a change of axes
  int script = -1;                              // number of the run's script

  // Whether its kernel must see rows along the volume's own axis 0.
  bool isOrdered() const { return kernel && kernel->ordered && kernel->ordered(in); }
};

struct Sink {
  NodeId node = 0;
  Storage storage;
  DType stored = DType::UInt8;
  int header = -1;  // number of the run's header bytes
  int gzipLevel = 6;
  bool overwrite = false;
  bool isPaste = false;
  std::int64_t length = 0;  // of the whole file; 0: as far as the voxels reach
};

// Kernels' lists point into `numbers`, so a plan moves but is not copied.
struct Plan {
  Plan() = default;
  Plan(Plan&&) = default;
  Plan& operator=(Plan&&) = default;

  std::vector<double> numbers;  // keeps the kernels' lists alive
  int rank = 0;
  Region region;
  bool reference = false;
  Level level = Level::Baseline;
  int threads = 0;
  std::int64_t memory = 0;
  std::int64_t divisions = 0;
  bool blocks = false;
  Index tile{};
  Index axes{};
  std::vector<Node> nodes;  // inputs before their consumers
  std::vector<Sink> sinks;
  std::vector<std::vector<std::byte>> headers;
  std::vector<Script> scripts;
  std::vector<Supply> supplies;
};

// What a plan's numbers refer to, in the order of the handles.
using Handle = std::variant<MemoryPtr, std::string, std::vector<std::byte>, Script, Supply>;

// Throws Error for anything that is not a valid plan; a decoded plan reads and writes within its memories only.
Plan decodePlan(std::vector<double> numbers, const std::vector<Handle>& handles);

}  // namespace voxline
