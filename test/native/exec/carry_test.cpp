#include <algorithm>
#include <atomic>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

#include "exec/run_plan.h"
#include "io/files.h"
#include "plan/axis_order.h"
#include "support/check.h"
#include "support/held_threads.h"
#include "support/plan_builder.h"
#include "volume/voxels.h"

using namespace voxline;
using test::PlanBuilder;

namespace {

using Shape = std::vector<std::int64_t>;

std::int64_t sizeOfShape(const Shape& shape) {
  std::int64_t n = 1;
  for (const auto length : shape) n *= length;
  return n;
}

// How often each voxel of a stage has been computed.
class Visits {
 public:
  explicit Visits(const Shape& shape)
      : shape_(shape), counts_(static_cast<std::size_t>(sizeOfShape(shape))) {}

  // Adds up, with other weights, the first and the last voxel along every axis that the halo lets the stage read.
  Script script(const Shape& low, const Shape& high) {
    return [this, low, high](const ScriptBlock& block) {
      eachVoxel(block, [&](const Index& at) {
        std::int64_t place = 0, stride = 1;
        float sum = value(block, at, {});
        for (std::size_t own = 0; own < shape_.size(); ++own) {
          const auto a = static_cast<std::size_t>(block.axes[own]);
          place += (block.origin[a] + at[a]) * stride;
          stride *= shape_[own];
          Index from{}, to{};
          from[a] = -low[own];
          to[a] = high[own];
          sum += 0.25f * value(block, at, from) - 0.5f * value(block, at, to);
        }
        ++counts_[static_cast<std::size_t>(place)];
        *element(block.to, at, block.rank) = sum;
      });
      return true;
    };
  }

  // The most and the fewest visits of a voxel.
  std::pair<int, int> range() const {
    const auto [least, most] = std::minmax_element(
        counts_.begin(), counts_.end(), [](const auto& a, const auto& b) { return a.load() < b.load(); });
    return {least->load(), most->load()};
  }

 private:
  static float* element(const Block& block, const Index& at, int rank) {
    std::int64_t offset = 0;
    for (int a = 0; a < rank; ++a) offset += at[a] * block.stride[a];
    return static_cast<float*>(block.data) + offset;
  }

  static float value(const ScriptBlock& block, Index at, const Index& by) {
    for (int a = 0; a < block.rank; ++a) at[a] += by[a];
    return *element(block.from, at, block.rank);
  }

  template <class F>
  static void eachVoxel(const ScriptBlock& block, F&& f) {
    for (Index at{};;) {
      f(at);
      int a = 0;
      for (; a < block.rank && ++at[a] == block.shape[a]; ++a) at[a] = 0;
      if (a == block.rank) return;
    }
  }

  Shape shape_;
  std::vector<std::atomic<int>> counts_;
};

struct Setting {
  bool reference = false;
  double divisions = 1, threads = 1;
  Border border = Border::Edge;
  Shape tile{};
  std::string folder{};  // of files whose axes are all reversed, for source and sinks; empty: in memory
  bool blocks = false;
};

struct Outcome {
  View out, beside;
  std::vector<std::pair<int, int>> visits;  // per stage
  std::int64_t bytesRead = 0;
  bool descending = false;
};

View ramp(const Shape& shape) {
  const View view = test::denseView(DType::Int16, shape);
  auto* data = reinterpret_cast<std::int16_t*>(view.data);
  for (std::int64_t i = 0; i < sizeOfShape(shape); ++i) data[i] = static_cast<std::int16_t>(i * 7919 % 1009);
  return view;
}

// Byte strides of a dense volume with every axis reversed.
Shape reversedStrides(const Shape& shape, DType dtype) {
  Shape strides;
  auto stride = -static_cast<std::int64_t>(sizeOf(dtype));
  for (const auto length : shape) {
    strides.push_back(stride);
    stride *= length;
  }
  return strides;
}

template <class T>
void writeReversed(const std::string& path, const View& view) {
  const T* data = reinterpret_cast<const T*>(view.data);
  std::vector<T> values(data, data + view.region().size());
  std::reverse(values.begin(), values.end());
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
}

template <class T>
void readReversed(const std::string& path, const View& view) {
  T* data = reinterpret_cast<T*>(view.data);
  const std::int64_t size = view.region().size();
  std::ifstream(path, std::ios::binary).read(reinterpret_cast<char*>(data), static_cast<std::streamsize>(static_cast<std::size_t>(size) * sizeof(T)));
  std::reverse(data, data + size);
}

bool isDescending(Plan plan) {
  orderAxes(plan);
  return planPass(plan, Footprint(plan), passLimits()).slabs.descending;
}

PlanBuilder planOf(const Shape& shape, const Setting& setting) {
  PlanBuilder plan(shape);
  plan.reference = setting.reference;
  plan.divisions = setting.divisions;
  plan.threads = setting.threads;
  plan.blocks = setting.blocks;
  if (!setting.tile.empty()) plan.tile({setting.tile.begin(), setting.tile.end()});
  return plan;
}

// source → a → b → c, which is stored, as are a itself and d, which reads the source as a does.
Outcome run(const Shape& shape, const Setting& setting) {
  const Shape zero(shape.size(), 0), one(shape.size(), 1), two(shape.size(), 2);
  PlanBuilder plan = planOf(shape, setting);
  const bool inFiles = !setting.folder.empty();
  const std::int64_t last = sizeOfShape(shape) - 1;
  const NodeId source = inFiles ? plan.file(setting.folder + "/source.raw", DType::Int16, DType::Float32, 2 * last, reversedStrides(shape, DType::Int16))
                                : plan.source(ramp(shape), DType::Float32);
  std::vector<std::unique_ptr<Visits>> stages;
  const auto stage = [&](NodeId input, const Shape& low, const Shape& high) {
    stages.push_back(std::make_unique<Visits>(shape));
    return plan.script(stages.back()->script(low, high), input, low, high, setting.border);
  };
  const NodeId a = stage(source, zero, zero), b = stage(a, two, one), c = stage(b, zero, two), d = stage(source, one, zero);
  Outcome outcome{test::denseView(DType::Float32, shape), test::denseView(DType::Float32, shape), {}, 0, false};
  const std::vector<std::pair<NodeId, View>> sinks{{a, test::denseView(DType::Float32, shape)}, {c, outcome.out}, {d, outcome.beside}};
  const auto pathOf = [&](NodeId node) { return setting.folder + "/" + std::to_string(node) + ".raw"; };
  for (const auto& [node, view] : sinks) {
    if (inFiles) plan.sink(node, pathOf(node), DType::Float32, 4 * last, reversedStrides(shape, DType::Float32));
    else plan.sink(node, view);
  }
  outcome.descending = isDescending(plan.plan());
  outcome.bytesRead = runPlan(plan.plan(), std::make_shared<std::atomic<bool>>(false), {}).bytesRead;
  for (const auto& [node, view] : sinks)
    if (inFiles) readReversed<float>(pathOf(node), view);
  for (const auto& visits : stages) outcome.visits.push_back(visits->range());
  return outcome;
}

// Through stages of native code, which workers share.
View smooth(const Shape& shape, const Setting& setting) {
  PlanBuilder plan = planOf(shape, setting);
  const bool inFiles = !setting.folder.empty();
  const std::int64_t last = sizeOfShape(shape) - 1;
  NodeId node = inFiles ? plan.file(setting.folder + "/source.raw", DType::Int16, DType::Float32, 2 * last, reversedStrides(shape, DType::Int16))
                        : plan.source(ramp(shape), DType::Float32);
  for (const int axis : {2, 1, 0}) node = plan.stage("fir_line", DType::Float32, DType::Float32, {node}, {3, 0.4, 0.2, 0.1}, {.axis = axis});
  node = plan.stage("gradient_magnitude_window", DType::Float32, DType::Float32, {node}, {3, 0.5, 0.4, 0.3}, {.axis = -1});
  const View out = test::denseView(DType::Float32, shape);
  const std::string path = setting.folder + "/smooth.raw";
  if (inFiles) plan.sink(node, path, DType::Float32, 4 * last, reversedStrides(shape, DType::Float32));
  else plan.sink(node, out);
  runPlan(plan.plan(), std::make_shared<std::atomic<bool>>(false), {});
  if (inFiles) readReversed<float>(path, out);
  return out;
}

void checkSame(const Outcome& a, const Outcome& b) {
  CHECK(equalVoxels(a.out, b.out));
  CHECK(equalVoxels(a.beside, b.beside));
}

void checkOnce(const Outcome& outcome) {
  for (const auto& visits : outcome.visits) CHECK(visits == std::pair(1, 1));
}

// Sizes are such that divisions are longer and shorter than what they share, and that the axis cut is the first, the sliding one, and the fourth.
const std::vector<Shape> kShapes{{41}, {19, 23}, {7, 5, 23}, {23, 1, 1}, {3, 4, 2, 17}};

}  // namespace

TEST(slabs_compute_every_voxel_of_every_stage_once_and_give_the_bytes_of_one) {
  for (const Shape& shape : kShapes)
    for (const Border border : {Border::Edge, Border::Constant, Border::Symmetric, Border::Reflect}) {
      const Outcome wanted = run(shape, {.reference = true, .border = border});
      for (const double divisions : {2, 3, 5, 1000})
        for (const bool reference : {false, true}) {
          const Outcome made = run(shape, {.reference = reference,
                                           .divisions = divisions,
                                           .threads = 2,
                                           .border = border,
                                           .tile = shape});
          checkSame(wanted, made);
          checkOnce(made);
        }
    }
}

TEST(tiles_of_a_slab_share_out_what_they_leave_to_the_next) {
  for (const Shape& shape : kShapes) {
    const Outcome wanted = run(shape, {.reference = true});
    for (const double divisions : {2, 3, 5, 1000})
      for (const std::int64_t edge : {1, 2, 3, 5})
        checkSame(wanted,
                  run(shape, {.divisions = divisions, .threads = 2, .tile = Shape(shape.size(), edge)}));
  }
}

TEST(files_taken_from_their_far_end_are_read_once_and_computed_once) {
  const test::Folder folder;
  for (const Shape& shape : kShapes) {
    writeReversed<std::int16_t>(folder / "source.raw", ramp(shape));
    const Outcome wanted = run(shape, {.reference = true});
    for (const double divisions : {2, 3, 5, 1000}) {
      for (const bool reference : {false, true}) {
        const Outcome made = run(shape, {.reference = reference, .divisions = divisions, .threads = 2, .tile = shape, .folder = folder.path});
        CHECK(made.descending);
        checkSame(wanted, made);
        checkOnce(made);
        CHECK_EQUAL(made.bytesRead, 2 * sizeOfShape(shape));
      }
      checkSame(wanted, run(shape, {.divisions = divisions, .threads = 2, .tile = Shape(shape.size(), 2), .folder = folder.path}));
    }
  }
}

TEST(workers_that_share_tiles_of_a_slab_leave_the_same_rows) {
  const test::Folder folder;
  const Shape shape{40, 60, 400};
  const test::Resized pool(2);
  const View whole = smooth(shape, {.reference = true});
  writeReversed<std::int16_t>(folder / "source.raw", ramp(shape));
  for (const double divisions : {2, 3, 5})
    for (const bool inFiles : {false, true})
      // Of three tiles for two workers the last one is shared.
      CHECK(equalVoxels(whole, smooth(shape, {.divisions = divisions, .threads = 2, .tile = {0, 20, 0}, .folder = inFiles ? folder.path : ""})));
}

TEST(blocks_compute_their_halos_themselves) {
  const Shape shape{7, 5, 23};
  const Outcome made = run(shape, {.divisions = 8, .tile = shape, .blocks = true});
  checkSame(run(shape, {.reference = true}), made);
  CHECK(made.visits[0].second > 1);
}
