#include <cstring>
#include <random>

#include "exec/run_plan.h"
#include "support/check.h"
#include "support/held_threads.h"
#include "support/plan_builder.h"
#include "volume/voxels.h"

using namespace voxline;
using test::PlanBuilder;

namespace {

RunOutcome runIt(Plan plan) { return runPlan(std::move(plan), std::make_shared<std::atomic<bool>>(false), {}); }

View randomVolume(DType dtype, const std::vector<std::int64_t>& shape, unsigned seed) {
  View view = test::denseView(dtype, shape);
  std::mt19937 random(seed);
  visit(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* data = reinterpret_cast<T*>(view.data);
    for (std::size_t i = 0; i < view.memory->bytes() / sizeof(T); ++i) data[i] = static_cast<T>(static_cast<int>(random() % 251) - 100);
  });
  return view;
}

// The same voxels behind flipped, permuted strides: axis order `order`, bit a of `flips` reverses new axis a.
View shuffled(const View& view, const std::vector<int>& order, unsigned flips) {
  std::vector<std::int64_t> memoryShape;
  for (const int a : order) memoryShape.push_back(view.shape[a]);
  const View dense = test::denseView(view.dtype, memoryShape);
  View result = dense;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const int a = order[k];
    result.shape[a] = dense.shape[static_cast<int>(k)];
    result.strides[a] = dense.strides[static_cast<int>(k)];
    if (flips >> a & 1) {
      result.data += result.strides[a] * (result.shape[a] - 1);
      result.strides[a] = -result.strides[a];
    }
  }
  const auto size = sizeOf(view.dtype);
  Index at{};
  for (;;) {
    std::memcpy(result.at(at), view.at(at), size);
    int a = 0;
    for (; a < view.rank; ++a) {
      if (++at[a] < view.shape[a]) break;
      at[a] = 0;
    }
    if (a == view.rank) return result;
  }
}

// int16 → Gaussian along every axis → gradient magnitude → linear, with a median beside it.
void addStages(PlanBuilder& plan, NodeId source, int rank, Border border, const View& out, const View& median) {
  const std::vector<double> weights{0.4, 0.2, 0.1};
  NodeId node = source;
  for (int axis = rank; axis-- > 0;)
    node = plan.stage("fir_line", DType::Float32, DType::Float32, {node}, {3, weights[0], weights[1], weights[2]}, {axis, border, 0});
  std::vector<double> gradient{static_cast<double>(rank)}, radius{static_cast<double>(rank)};
  for (int a = 0; a < rank; ++a) {
    gradient.push_back(0.5 / (a + 1));
    radius.push_back(a < 3 ? 1 : 0);
  }
  node = plan.stage("gradient_magnitude_window", DType::Float32, DType::Float32, {node}, gradient, {-1, border, 0});
  node = plan.stage("linear", DType::Float32, DType::Float32, {node}, {2.5, -3}, {});
  plan.sink(node, out);
  const NodeId whole = plan.stage("convert", DType::Float32, DType::Int16, {source}, {0, 0}, {});
  const NodeId ranked = plan.stage("median_window", DType::Int16, DType::Int16, {whole}, radius, {-1, border, 7});
  plan.sink(ranked, median);
  plan.stage("min_max_reduce", DType::Float32, DType::Float32, {node}, {}, {});
}

struct Setting {
  bool reference = false;
  double divisions = 0, threads = 1, level = -1, memory = 0;
  bool blocks = false;
  std::vector<double> tile = {};
};

struct Results {
  View out, median;
  std::vector<std::vector<double>> numbers;
};

Results compute(const View& source, Border border, const Setting& setting) {
  const std::vector<std::int64_t> shape(source.shape.begin(), source.shape.begin() + source.rank);
  PlanBuilder plan(shape);
  plan.reference = setting.reference;
  plan.divisions = setting.divisions;
  plan.threads = setting.threads;
  plan.level = setting.level;
  plan.memory = setting.memory;
  plan.blocks = setting.blocks;
  if (!setting.tile.empty()) plan.tile(setting.tile);
  Results results{test::denseView(DType::Float32, shape), test::denseView(DType::Int16, shape), {}};
  addStages(plan, plan.source(source, DType::Float32), source.rank, border, results.out, results.median);
  results.numbers = runIt(plan.plan()).results;
  return results;
}

void checkSame(const Results& a, const Results& b) {
  CHECK(std::memcmp(a.out.data, b.out.data, a.out.memory->bytes()) == 0);
  CHECK(std::memcmp(a.median.data, b.median.data, a.median.memory->bytes()) == 0);
  CHECK(a.numbers == b.numbers);
}

// Valid plans may still ask for more than a test should do.
bool isSmall(const Plan& plan) {
  std::int64_t most = 0;
  for (const Node& node : plan.nodes)
    for (int a = 0; a < plan.rank; ++a) most = std::max({most, node.halo.low[a], node.halo.high[a]});
  return most <= 3 && plan.divisions < 1000 && plan.threads < 1000;
}

const std::vector<std::vector<std::int64_t>> kShapes{{37}, {19, 7}, {19, 7, 5}, {67, 23, 41}, {9, 8, 7, 5}, {1, 1, 3}};
const std::vector<Border> kBorders{Border::Edge, Border::Constant, Border::Symmetric, Border::Reflect, Border::Wrap};

}  // namespace

TEST(fused_tiles_give_the_reference_bytes_for_every_shape_and_border) {
  for (const auto& shape : kShapes)
    for (const Border border : kBorders) {
      const View source = randomVolume(DType::Int16, shape, 1);
      checkSame(compute(source, border, {}), compute(source, border, {.reference = true}));
    }
}

TEST(workers_that_share_the_last_tile_do_not_change_a_byte) {
  const std::vector<std::int64_t> shape{40, 60, 400};
  const View source = randomVolume(DType::Int16, shape, 4);
  const test::Resized pool(3);
  for (const Border border : {Border::Edge, Border::Constant, Border::Symmetric}) {
    const Results expected = compute(source, border, {.reference = true});
    // Of three tiles for two workers the last one is shared; three workers are seldom done at once.
    for (const double threads : {2, 2, 3}) checkSame(expected, compute(source, border, {.threads = threads, .tile = {0, 20, 0}}));
  }
}

TEST(divisions_threads_tiles_and_levels_do_not_change_a_byte) {
  for (const auto& shape : kShapes)
    for (const Border border : {Border::Edge, Border::Reflect, Border::Wrap}) {
      const View source = randomVolume(DType::Int16, shape, 2);
      const Results expected = compute(source, border, {.reference = true});
      for (const double divisions : {1, 2, 3, 7, 1000})
        for (const bool blocks : {false, true}) checkSame(expected, compute(source, border, {.divisions = divisions, .threads = 2, .blocks = blocks}));
      for (const double divisions : {3, 1000}) checkSame(expected, compute(source, border, {.reference = true, .divisions = divisions}));
      checkSame(expected, compute(source, border, {.divisions = 5, .threads = 2, .tile = std::vector<double>(shape.size(), 3)}));
      for (const double threads : {2, 5}) checkSame(expected, compute(source, border, {.threads = threads}));
      for (const double size : {1, 2, 3, 5, 13})
        checkSame(expected, compute(source, border, {.threads = 2, .tile = std::vector<double>(shape.size(), size)}));
      for (const Level level : usableLevels()) checkSame(expected, compute(source, border, {.level = static_cast<double>(level)}));
    }
}

TEST(flipped_and_permuted_sources_give_the_same_voxels) {
  const std::vector<std::int64_t> shape{19, 7, 23};
  const View source = randomVolume(DType::Int16, shape, 3);
  const Results expected = compute(source, Border::Edge, {.reference = true});
  for (const auto& order : std::vector<std::vector<int>>{{0, 1, 2}, {1, 0, 2}, {2, 1, 0}, {1, 2, 0}})
    for (unsigned flips = 0; flips < 8; ++flips) checkSame(expected, compute(shuffled(source, order, flips), Border::Edge, {.threads = 2}));
}

TEST(two_stages_with_other_borders_around_one_input_each_see_their_own) {
  const std::vector<std::int64_t> shape{19, 7, 5};
  const View source = randomVolume(DType::Int16, shape, 7);
  const auto medians = [&](bool reference) {
    PlanBuilder plan(shape);
    plan.reference = reference;
    const NodeId node = plan.source(source, DType::Int16);
    std::array<View, 2> out{test::denseView(DType::Int16, shape), test::denseView(DType::Int16, shape)};
    const std::vector<double> radius{3, 1, 1, 1};
    plan.sink(plan.stage("median_window", DType::Int16, DType::Int16, {node}, radius, {-1, Border::Edge, 0}), out[0]);
    plan.sink(plan.stage("rank_window", DType::Int16, DType::Int16, {node}, {3, 1, 1, 1, 13}, {-1, Border::Constant, 90}), out[1]);
    plan.sink(plan.stage("rank_window", DType::Int16, DType::Int16, {node}, {3, 1, 1, 1, 13}, {-1, Border::Edge, 0}), out[0]);
    runIt(plan.plan());
    return out;
  };
  const auto fused = medians(false), reference = medians(true);
  for (std::size_t k = 0; k < 2; ++k) CHECK(equalVoxels(fused[k], reference[k]));
  CHECK(!equalVoxels(fused[0], fused[1]));
}

TEST(sums_over_rows_do_not_depend_on_tiles_shorter_than_a_leaf) {
  const std::vector<std::int64_t> shape{2500, 7, 5};
  const View source = randomVolume(DType::Int16, shape, 8);
  const auto moments = [&](std::vector<double> tile) {
    PlanBuilder plan(shape);
    if (!tile.empty()) plan.tile(std::move(tile));
    const NodeId smooth =
        plan.stage("fir_line", DType::Float32, DType::Float32, {plan.source(source, DType::Float32)}, {2, 0.5, 0.3}, {0});
    plan.stage("moments_reduce", DType::Float32, DType::Float32, {smooth}, {0}, {});
    return runIt(plan.plan()).results;
  };
  const auto whole = moments({});
  CHECK(whole == moments({100, 3, 2}));
  CHECK(whole == moments({1500, 7, 5}));
}

TEST(a_region_equals_the_crop_of_the_whole) {
  const std::vector<std::int64_t> shape{31, 17, 13};
  const View source = randomVolume(DType::Int16, shape, 4);
  const Results whole = compute(source, Border::Symmetric, {});
  PlanBuilder plan(shape);
  plan.region({5, 0, 4}, {21, 3, 9});
  const View out = test::denseView(DType::Float32, {21, 3, 9}), median = test::denseView(DType::Int16, {21, 3, 9});
  addStages(plan, plan.source(source, DType::Float32), 3, Border::Symmetric, out, median);
  runIt(plan.plan());
  View crop = whole.out;
  crop.data = whole.out.at({5, 0, 4});
  crop.shape = out.shape;
  CHECK(equalVoxels(crop, out));
}

TEST(a_plan_that_reaches_outside_its_memory_is_refused) {
  PlanBuilder plan({8, 8, 8});
  View source = test::denseView(DType::Int16, {8, 8, 8});
  const NodeId node = plan.source(source, DType::Int16);
  View out = test::denseView(DType::Int16, {8, 8, 8});
  out.strides[2] += 2;
  plan.sink(node, out);
  CHECK_THROWS(Code::Internal, plan.plan());
}

TEST(a_stage_may_find_outside_what_the_stage_above_computes_there) {
  const std::vector<std::int64_t> shape{11, 9, 8};
  const View source = randomVolume(DType::Int16, shape, 9);
  struct Rim {
    Border above = Border::Constant;
    Border below = Border::Computed;
    bool fromSource = false;
    bool readTwice = false;
    std::vector<double> tile{};
    bool reference = false;
    double divisions = 1;
  };
  // Opening by lines along the axis that slides; `above` is the border of the erosion.
  const auto open = [&](const Rim& rim) {
    PlanBuilder plan(shape);
    plan.reference = rim.reference;
    plan.divisions = rim.divisions;
    if (!rim.tile.empty()) plan.tile(rim.tile);
    const View out = test::denseView(DType::Int16, shape);
    NodeId node = plan.source(source, DType::Int16);
    const NodeId least = plan.stage("extreme_line", DType::Int16, DType::Int16, {node}, {3, 0}, {2, rim.above, 32767});
    if (!rim.fromSource) node = least;
    if (rim.readTwice) plan.stage("moments_reduce", DType::Int16, DType::Int16, {node}, {0}, {});
    plan.sink(plan.stage("extreme_line", DType::Int16, DType::Int16, {node}, {3, 1}, {2, rim.below, 0}), out);
    runIt(plan.plan());
    return out;
  };
  const View wanted = open({.reference = true});
  for (const std::vector<double>& tile : std::vector<std::vector<double>>{{}, {11, 9, 8}, {3, 2, 1}, {4, 9, 3}})
    CHECK(equalVoxels(wanted, open({.tile = tile})));
  for (const double divisions : {2, 3, 8})
    for (const bool reference : {false, true}) CHECK(equalVoxels(wanted, open({.reference = reference, .divisions = divisions})));
  // Voxel z of an opening that goes on outside: greatest over all windows that hold z of the least voxel in each.
  for (std::int64_t z = 0; z < shape[2]; ++z) {
    std::int16_t best = -32768;
    for (std::int64_t centre = z - 3; centre <= z + 3; ++centre) {
      std::int16_t least = 32767;
      for (std::int64_t k = std::max<std::int64_t>(0, centre - 3); k <= std::min(shape[2] - 1, centre + 3); ++k)
        least = std::min(least, *reinterpret_cast<const std::int16_t*>(source.at({2, 5, k})));
      best = std::max(best, least);
    }
    CHECK_EQUAL(*reinterpret_cast<const std::int16_t*>(wanted.at({2, 5, z})), best);
  }
  CHECK_THROWS(Code::Internal, open({.above = Border::Symmetric}));
  CHECK_THROWS(Code::Internal, open({.above = Border::Computed}));
  CHECK_THROWS(Code::Internal, open({.fromSource = true}));
  CHECK_THROWS(Code::Internal, open({.readTwice = true}));
}

TEST(every_truncation_and_mutation_of_a_plan_is_refused_or_harmless) {
  const std::vector<std::int64_t> shape{9, 7, 5};
  const View source = randomVolume(DType::Int16, shape, 5);
  PlanBuilder builder(shape);
  const View out = test::denseView(DType::Float32, shape), median = test::denseView(DType::Int16, shape);
  addStages(builder, builder.source(source, DType::Float32), 3, Border::Edge, out, median);
  const std::vector<double> good = builder.numbers();
  for (std::size_t length = 0; length < good.size(); ++length)
    CHECK_THROWS(Code::Internal, decodePlan({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)}, builder.handles));
  const std::vector<double> evil{-1, 0, 0.5, 1, 2, 3, 5, 255, 1e9, 9007199254740993.0, 1e300, std::numeric_limits<double>::quiet_NaN(),
                                 std::numeric_limits<double>::infinity()};
  int refused = 0, ran = 0;
  for (std::size_t at = 2; at < good.size(); ++at)
    for (const double value : evil) {
      std::vector<double> numbers = good;
      numbers[at] = value;
      try {
        Plan plan = decodePlan(std::move(numbers), builder.handles);
        if (!isSmall(plan)) continue;
        // It may now write where it reads.
        plan.threads = 1;
        runIt(std::move(plan));
        ++ran;
      } catch (const Error&) {
        ++refused;
      }
    }
  CHECK(refused > 500);
  CHECK(ran > 50);
}

TEST(a_budget_that_cannot_work_is_refused_with_the_least_that_does) {
  const std::vector<std::int64_t> shape{64, 64, 64};
  const View source = randomVolume(DType::Int16, shape, 6);
  double required = 0;
  try {
    compute(source, Border::Edge, {.memory = 1000});
  } catch (const Error& error) {
    CHECK(error.code() == Code::Memory);
    required = std::get<double>(error.details()[0].second);
  }
  CHECK(required > 1000);
  checkSame(compute(source, Border::Edge, {.memory = required}), compute(source, Border::Edge, {.reference = true}));
  CHECK_THROWS(Code::Memory, compute(source, Border::Edge, {.memory = required - 1}));
}
