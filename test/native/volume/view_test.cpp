#include "volume/view.h"

#include "support/check.h"

using namespace voxline;

namespace {

View canonical(const MemoryPtr& memory, std::int64_t offset, Index shape) {
  return {
      memory, memory->data() + offset, DType::Int16, 3, shape, {2, 2 * shape[0], 2 * shape[0] * shape[1]}};
}

}  // namespace

TEST(a_view_is_inside_when_its_first_and_last_byte_are) {
  const MemoryPtr memory = allocate(19 * 7 * 5 * 2, Fill::Zero);
  View view = canonical(memory, 0, {19, 7, 5});
  CHECK(isInside(view));
  view.data += 1;
  CHECK(!isInside(view));
  view.data -= 2;
  CHECK(!isInside(view));
}

TEST(a_flipped_view_is_inside_from_its_far_end_only) {
  const MemoryPtr memory = allocate(19 * 7 * 5 * 2, Fill::Zero);
  View view = canonical(memory, 18 * 2, {19, 7, 5});
  view.strides[0] = -2;
  CHECK(isInside(view));
  CHECK(lowest(view) == memory->data());
  view.data = memory->data() + 17 * 2;
  CHECK(!isInside(view));
}

TEST(extents_that_overflow_are_outside) {
  const MemoryPtr memory = allocate(1000, Fill::Zero);
  View view = canonical(memory, 0, {19, 7, 5});
  view.strides[2] = INT64_MAX / 2;
  CHECK(!isInside(view));
  view.strides[2] = INT64_MIN;
  CHECK(!isInside(view));
  view = canonical(memory, 0, {19, 7, 5});
  view.shape[0] = INT64_MAX;
  CHECK(!isInside(view));
  view = canonical(memory, 0, {19, -7, -5});
  CHECK(!isInside(view));
}

TEST(a_view_without_memory_is_nowhere) { CHECK(!isInside(View{})); }

TEST(density_does_not_depend_on_axis_order_or_direction) {
  const MemoryPtr memory = allocate(19 * 7 * 5 * 2, Fill::Zero);
  const View plain = canonical(memory, 0, {19, 7, 5});
  CHECK(isDense(plain));
  View permuted = plain;
  permuted.shape = {5, 19, 7};
  permuted.strides = {-2 * 19 * 7, 2, -2 * 19};
  permuted.data = memory->data() + 2 * 19 * 7 * 4 + 2 * 19 * 6;
  CHECK(isInside(permuted));
  CHECK(isDense(permuted));
  CHECK(lowest(permuted) == memory->data());
}

TEST(gaps_and_repeats_are_not_dense_and_single_voxels_are) {
  const MemoryPtr memory = allocate(19 * 7 * 5 * 2, Fill::Zero);
  View view = canonical(memory, 0, {19, 7, 5});
  view.shape = {18, 7, 5};
  CHECK(!isDense(view));
  view.shape = {19, 7, 3};
  CHECK(isDense(view));
  view.strides[1] = 0;
  CHECK(!isDense(view));
  view.shape = {1, 1, 1};
  CHECK(isDense(view));
}
