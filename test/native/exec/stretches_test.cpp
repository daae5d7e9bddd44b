#include "exec/stretches.h"

#include "support/check.h"

using namespace voxline;

namespace {

constexpr int kSlide = 2;

Region tileOf(Interval slices) {
  Region tile{3, {}, {64, 64, 0}};
  tile.setAxis(kSlide, slices);
  return tile;
}

Interval slicesOf(const std::unique_ptr<Stretch>& part) { return part ? part->tile().axis(kSlide) : Interval{}; }

}  // namespace

TEST(who_is_done_takes_the_latter_half_of_what_is_left) {
  Stretches all(1, 4);
  CHECK(!all.take());
  Stretch tile(&all, tileOf({10, 114}), kSlide);
  CHECK_EQUAL(tile.begin(14), 114);
  const auto part = all.take();
  // 100 slices are left; the other worker makes 4 more than it takes.
  CHECK(slicesOf(part) == (Interval{66, 114}));
  CHECK(part && part->tile().shape[0] == 64 && part->tile().shape[1] == 64);
  CHECK_EQUAL(tile.begin(18), 66);
}

TEST(slices_that_are_begun_are_not_taken) {
  Stretches all(1, 0);
  Stretch tile(&all, tileOf({0, 100}), kSlide);
  CHECK_EQUAL(tile.begin(-8), 100);  // what is computed before the tile's own slices
  CHECK_EQUAL(tile.begin(90), 100);
  {
    const auto part = all.take();
    CHECK(slicesOf(part) == (Interval{95, 100}));
    CHECK_EQUAL(part->begin(100), 100);
    CHECK(!all.take());  // less than a tile is worth
  }
  CHECK_EQUAL(tile.begin(200), 95);
  CHECK(!all.take());
}

TEST(nobody_takes_slices_that_lie_within_what_is_computed_beforehand) {
  Stretches near(1, 34), far(1, 32);
  Stretch one(&near, tileOf({0, 100}), kSlide), other(&far, tileOf({0, 100}), kSlide);
  CHECK(!near.take());
  other.begin(4);
  CHECK(slicesOf(far.take()) == (Interval{68, 100}));
}

TEST(the_tile_with_most_left_is_shared_and_so_are_parts_of_it) {
  Stretches all(2, 0);
  Stretch near(&all, tileOf({0, 100}), kSlide);
  CHECK(!all.take());  // a tile has yet to begin
  Stretch far(&all, tileOf({100, 300}), kSlide);
  near.begin(20);
  far.begin(150);
  const auto first = all.take();
  CHECK(slicesOf(first) == (Interval{225, 300}));
  const auto second = all.take();
  CHECK(slicesOf(second) == (Interval{60, 100}));
  far.begin(225);
  const auto third = all.take();
  CHECK(slicesOf(third) == (Interval{263, 300}));
  CHECK_EQUAL(first->begin(230), 263);
}

TEST(a_tile_of_nobody_else_keeps_its_slices) {
  Stretch tile(nullptr, tileOf({0, 100}), kSlide), line(nullptr, Region{1, {}, {40}}, -1);
  CHECK_EQUAL(tile.begin(10), 100);
  CHECK_EQUAL(line.tile().size(), 40);
}
