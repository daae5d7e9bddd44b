#include "volume/copy.h"

#include <cmath>
#include <limits>

#include "support/check.h"
#include "support/random_views.h"
#include "volume/lines.h"
#include "volume/voxels.h"

using namespace voxline;
using namespace voxline::test;

namespace {

Index randomShape(std::mt19937& random, int rank, int longest) {
  Index shape{};
  for (int a = 0; a < rank; ++a) shape[a] = draw(random, 1, longest);
  return shape;
}

View dense(DType dtype, int rank, const Index& shape) {
  View view{nullptr, nullptr, dtype, rank, shape, {}};
  auto stride = static_cast<std::int64_t>(sizeOf(dtype));
  for (int a = 0; a < rank; ++a) {
    view.strides[a] = stride;
    stride *= shape[a];
  }
  view.memory = allocate(static_cast<std::size_t>(stride), Fill::Zero);
  view.data = view.memory->data();
  return view;
}

void checkSameBits(const View& a, const View& b) {
  forEachIndex(a.rank, a.shape, [&](const Index& at) { CHECK_EQUAL(bitsAt(a, at), bitsAt(b, at)); });
}

std::size_t nonZeroBytes(const MemoryPtr& memory) {
  const auto* begin = memory->data();
  return static_cast<std::size_t>(
      std::count_if(begin, begin + memory->bytes(), [](std::byte b) { return b != std::byte{0}; }));
}

}  // namespace

TEST(copies_keep_every_voxel_for_all_dtypes_and_strides) {
  std::mt19937 random(1);
  for (int round = 0; round < 400; ++round) {
    const auto dtype = static_cast<DType>(draw(random, 0, kDTypes - 1));
    const int rank = draw(random, 1, 5);
    const Index shape = randomShape(random, rank, rank < 3 ? 90 : 11);
    const View from = randomView(random, dtype, rank, shape), to = randomView(random, dtype, rank, shape);
    number(from);
    copyVoxels(from, to);
    checkSameBits(from, to);
  }
}

TEST(copies_touch_no_byte_between_the_voxels) {
  std::mt19937 random(2);
  for (int round = 0; round < 60; ++round) {
    const Index shape = randomShape(random, 3, 40);
    const View from = randomView(random, DType::UInt16, 3, shape),
               to = randomView(random, DType::UInt16, 3, shape);
    fillVoxels(from, 0x0101);
    copyVoxels(from, to);
    CHECK_EQUAL(nonZeroBytes(to.memory), static_cast<std::size_t>(2 * to.region().size()));
  }
}

TEST(streamed_copies_are_exact_at_any_place_in_a_cache_line) {
  for (const DType dtype : {DType::UInt8, DType::Int16, DType::Float32, DType::Float64})
    for (const std::int64_t length : {1, 7, 15, 16, 31, 33, 63, 64, 65, 127, 128, 200})
      for (std::int64_t place = 0; place < 66; place += length < 64 ? 1 : 5)
        for (const bool reversed : {false, true}) {
          const auto bytes = static_cast<std::int64_t>(sizeOf(dtype));
          const View from = dense(dtype, 2, {length, 3}), around = dense(dtype, 2, {length + 140, 3});
          number(from, 1);
          View source = from;
          if (reversed) {
            source.data += (length - 1) * bytes;
            source.strides[0] = -bytes;
          }
          const View to = part(around, {2, {place, 0}, {length, 3}});
          copyDisjoint(source, to, true);
          checkSameBits(source, to);
          fillVoxels(to, 0);
          CHECK_EQUAL(nonZeroBytes(around.memory), 0u);
        }
}

TEST(large_permutations_of_powers_of_two_are_exact) {
  for (const DType dtype : {DType::UInt8, DType::Int16, DType::Float32, DType::Float64}) {
    const View from = dense(dtype, 3, {130, 3, 140});
    number(from, 7);
    const View to = dense(dtype, 3, {140, 3, 130});
    View turned = to;
    std::swap(turned.shape[0], turned.shape[2]);
    std::swap(turned.strides[0], turned.strides[2]);
    copyVoxels(from, turned);
    checkSameBits(from, turned);
  }
}

TEST(interleaved_components_are_permuted_as_whole_voxels) {
  std::mt19937 random(3);
  for (const std::int64_t components : {2, 3, 4, 5, 8}) {
    const View from = dense(DType::Int16, 4, {components, 19, 7, 35}),
               to = dense(DType::Int16, 4, {components, 35, 7, 19});
    number(from, 3);
    View turned = to;
    std::swap(turned.shape[1], turned.shape[3]);
    std::swap(turned.strides[1], turned.strides[3]);
    copyVoxels(from, turned);
    checkSameBits(from, turned);
  }
}

TEST(overlapping_copies_behave_as_through_a_temporary) {
  const View all = dense(DType::Int16, 3, {19, 7, 5});
  number(all, 5);
  const View before = dense(DType::Int16, 3, {19, 7, 5});
  copyVoxels(all, before);
  copyVoxels(part(all, {3, {0, 0, 0}, {15, 6, 4}}), part(all, {3, {2, 1, 1}, {15, 6, 4}}));
  checkSameBits(part(before, {3, {0, 0, 0}, {15, 6, 4}}), part(all, {3, {2, 1, 1}, {15, 6, 4}}));

  View flipped = before;
  flipped.data += 18 * 2;
  flipped.strides[0] = -2;
  copyVoxels(flipped, before);
  for (std::int64_t i = 0; i < 19; ++i)
    CHECK_EQUAL(bitsAt(before, {i, 3, 2}),
                static_cast<std::uint64_t>(((3 * 19 + 2 * 133 + (18 - i) + 1) * 5) % 113));
}

TEST(pieces_of_a_copy_cover_every_voxel_once) {
  std::mt19937 random(4);
  for (int round = 0; round < 50; ++round) {
    const Index shape = randomShape(random, 3, 12);
    const View view = randomView(random, DType::UInt8, 3, shape);
    const int count = draw(random, 1, 7);
    const auto pieces = copyPieces(view, count);
    CHECK(pieces.size() <= static_cast<std::size_t>(count));
    std::int64_t voxels = 0;
    for (const Region& piece : pieces) {
      const View inside = part(view, piece);
      CHECK(isInside(inside));
      forEachIndex(3, inside.shape, [&](const Index& at) { CHECK_EQUAL(bitsAt(inside, at), 0u); });
      fillVoxels(inside, 1);
      voxels += piece.size();
    }
    CHECK_EQUAL(voxels, view.region().size());
  }
}

TEST(copies_between_different_shapes_or_dtypes_are_refused) {
  const View a = dense(DType::Int16, 2, {19, 7}), b = dense(DType::Int16, 2, {7, 19}),
             c = dense(DType::UInt16, 2, {19, 7});
  CHECK_THROWS(Code::ShapeMismatch, copyVoxels(a, b));
  CHECK_THROWS(Code::ShapeMismatch, copyVoxels(a, c));
}

TEST(filling_writes_the_voxels_and_nothing_else) {
  std::mt19937 random(5);
  for (int dtype = 0; dtype < kDTypes; ++dtype) {
    const View view = randomView(random, static_cast<DType>(dtype), 3, {19, 7, 5});
    fillVoxels(view, 0x8182838485868788);
    const std::size_t bytes = sizeOf(view.dtype);
    CHECK_EQUAL(nonZeroBytes(view.memory), bytes * 19 * 7 * 5);
    CHECK_EQUAL(bitsAt(view, {18, 6, 4}), 0x8182838485868788 & (~0ULL >> (64 - 8 * bytes)));
  }
}

TEST(equality_does_not_depend_on_strides_and_sees_every_voxel) {
  std::mt19937 random(6);
  for (int round = 0; round < 200; ++round) {
    const auto dtype = static_cast<DType>(draw(random, 0, kDTypes - 1));
    const Index shape = randomShape(random, 3, round % 20 ? 12 : 45);
    const View a = randomView(random, dtype, 3, shape), b = randomView(random, dtype, 3, shape);
    number(a);
    copyVoxels(a, b);
    CHECK(equalVoxels(a, b));
    const Index at{draw(random, 0, int(shape[0]) - 1), draw(random, 0, int(shape[1]) - 1),
                   draw(random, 0, int(shape[2]) - 1)};
    *b.at(at) ^= std::byte{0x40};
    CHECK(!equalVoxels(a, b));
  }
}

TEST(nan_equals_nan_and_minus_zero_equals_zero) {
  const View a = dense(DType::Float32, 2, {19, 7}), b = dense(DType::Float32, 2, {19, 7});
  auto* x = reinterpret_cast<float*>(a.data);
  auto* y = reinterpret_cast<float*>(b.data);
  x[5] = std::numeric_limits<float>::quiet_NaN();
  y[5] = -std::numeric_limits<float>::quiet_NaN();
  y[7] = -0.0f;
  CHECK(equalVoxels(a, b));
  y[5] = 1;
  CHECK(!equalVoxels(a, b));
  CHECK(!equalVoxels(a, dense(DType::Float32, 2, {7, 19})));
  CHECK(!equalVoxels(a, dense(DType::Int32, 2, {19, 7})));
}

TEST(swapping_bytes_twice_gives_the_voxels_back) {
  std::mt19937 random(7);
  for (int dtype = 0; dtype < kDTypes; ++dtype) {
    const View a = randomView(random, static_cast<DType>(dtype), 3, {19, 7, 5}),
               b = randomView(random, static_cast<DType>(dtype), 3, {19, 7, 5});
    number(a);
    copyVoxels(a, b);
    swapBytes(b);
    const auto bytes = sizeOf(a.dtype);
    forEachIndex(3, a.shape, [&](const Index& at) {
      for (std::size_t k = 0; k < bytes; ++k) CHECK(a.at(at)[k] == b.at(at)[bytes - 1 - k]);
    });
    swapBytes(b);
    checkSameBits(a, b);
  }
}
