#include "plan/tile_layout.h"

#include <algorithm>

#include "plan/pass.h"
#include "support/check.h"
#include "support/plan_builder.h"

using namespace voxline;
using test::PlanBuilder;

namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kCache = 600 * kKiB;
constexpr std::size_t kAmple = 4096 * kKiB;

const std::vector<std::int64_t> kShape{256, 240, 250};

// A symmetric filter of that radius along every axis, one after another.
Plan smoothing(int radius, double memory = 0) {
  PlanBuilder plan(kShape);
  plan.memory = memory;
  std::vector<double> weights(static_cast<std::size_t>(radius) + 2, 0.1);
  weights[0] = radius + 1;
  NodeId node = plan.source(test::denseView(DType::Float32, kShape), DType::Float32);
  for (const int axis : {2, 1, 0})
    node = plan.stage("fir_line", DType::Float32, DType::Float32, {node}, weights, {.axis = axis});
  plan.sink(node, test::denseView(DType::Float32, kShape));
  return plan.plan();
}

TileLayout layOut(const Plan& plan, std::size_t room) {
  return layOutTiles(plan, Footprint(plan), {plan.region, 1, 1, kCache, room});
}

std::int64_t tilesOf(const Plan& plan, int threads, std::int64_t regions, bool mayShare = false) {
  const TileLayout layout = layOutTiles(plan, Footprint(plan), {plan.region, threads, regions, kCache, kAmple, mayShare});
  return static_cast<std::int64_t>(cutTiles(plan.region, layout.tile, false).size());
}

PassLimits limits() {
  const auto none = [](const auto&...) { return std::size_t{0}; };
  return {2, std::size_t{1} << 20, kAmple, {none, none, none}};
}

}  // namespace

TEST(scratch_keeps_within_its_room_whatever_the_halos) {
  for (const int radius : {1, 3, 4})
    for (const std::size_t room : {kCache, 2 * kCache, kAmple}) CHECK(layOut(smoothing(radius), room).localOffset <= room);
}

TEST(workers_share_the_tiles_of_all_regions_under_way_evenly) {
  const Plan plan = smoothing(1);
  CHECK(tilesOf(plan, 4, 1) >= 16);
  CHECK(tilesOf(plan, 4, 8) < tilesOf(plan, 4, 1));
  CHECK(8 * tilesOf(plan, 4, 8) >= 16);
  for (const int threads : {2, 3, 4, 5, 8}) {
    const std::int64_t tiles = tilesOf(plan, threads, 1), turns = (tiles + threads - 1) / threads;
    // A tenth of the workers' time at most has nothing to do.
    CHECK(10 * (turns * threads - tiles) <= turns * threads);
  }
}

TEST(workers_that_may_share_tiles_need_fewer_of_them) {
  for (const int threads : {2, 3, 8}) {
    const std::int64_t tiles = tilesOf(smoothing(1), threads, 1, true);
    CHECK(tiles >= threads);
    CHECK(tiles < tilesOf(smoothing(1), threads, 1));
    // Eight times what is computed before a part would be longer than the volume.
    CHECK_EQUAL(tilesOf(smoothing(16), threads, 1, true), tilesOf(smoothing(16), threads, 1));
  }
}

TEST(wide_halos_make_tiles_that_a_cores_own_cache_does_not_hold) {
  const TileLayout tight = layOut(smoothing(8), kCache), ample = layOut(smoothing(8), kAmple);
  CHECK(ample.localOffset > kCache);
  // Of the rows that the first stage makes, at most a third are made for neighbours.
  CHECK(ample.tile[1] >= 2 * 16);
  CHECK(tight.tile[1] < 16);
}

TEST(stages_without_halos_stay_in_a_cores_own_cache) {
  PlanBuilder builder(kShape);
  const NodeId source = builder.source(test::denseView(DType::Int16, kShape), DType::Int16);
  const NodeId node = builder.stage("convert", DType::Int16, DType::Float32, {source}, {0, 0}, {});
  builder.sink(node, test::denseView(DType::Float32, kShape));
  CHECK(layOut(builder.plan(), kAmple).localOffset <= kCache);
}

TEST(a_small_budget_keeps_scratch_small) {
  const auto plan = [](double memory) {
    const Plan made = smoothing(4, memory);
    return planPass(made, Footprint(made), limits());
  };
  const Plan any = smoothing(4);
  const std::size_t least = leastPeak(any, Footprint(any), limits());
  const Pass free = plan(0), small = plan(12.0 * 1024 * kKiB);
  CHECK(free.layout.localOffset > 1024 * kKiB);
  CHECK(small.layout.localOffset <= 1024 * kKiB);
  CHECK(small.peak <= 12 * 1024 * kKiB);
  CHECK_EQUAL(plan(static_cast<double>(least)).peak, least);
}
