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

}  // namespace

TEST(who_is_done_takes_the_latter_half_of_what_is_left) {
  Stretches all(4);
  CHECK(!all.take());
  Stretch tile(&all, tileOf({10, 114}), kSlide);
  CHECK_EQUAL(tile.begin(14), 114);
  const auto part = all.take();
  // 100 slices are left; the other worker makes 4 more than it takes.
  CHECK(part && part->axis(kSlide).begin == 66 && part->axis(kSlide).end == 114);
  CHECK(part && part->shape[0] == 64 && part->shape[1] == 64);
  CHECK_EQUAL(tile.begin(18), 66);
}

TEST(slices_that_are_begun_are_not_taken) {
  Stretches all(0);
  Stretch tile(&all, tileOf({0, 100}), kSlide);
  CHECK_EQUAL(tile.begin(-8), 100);  // what is computed before the tile's own slices
  CHECK_EQUAL(tile.begin(90), 100);
  const auto part = all.take();
  CHECK(part && part->axis(kSlide).begin == 95);
  CHECK(!all.take());  // five more would be less than a tile is worth
  CHECK_EQUAL(tile.begin(200), 95);
  CHECK(!all.take());
}

TEST(the_tile_with_most_left_is_shared) {
  Stretches all(0);
  Stretch near(&all, tileOf({0, 100}), kSlide);
  {
    Stretch far(&all, tileOf({100, 300}), kSlide);
    near.begin(20);
    far.begin(150);
    const auto part = all.take();
    CHECK(part && part->axis(kSlide).begin == 225);
  }
  const auto part = all.take();
  CHECK(part && part->axis(kSlide).begin == 60);
}

TEST(a_tile_of_nobody_else_keeps_its_slices) {
  Stretch tile(nullptr, tileOf({0, 100}), kSlide);
  CHECK_EQUAL(tile.begin(10), 100);
}
