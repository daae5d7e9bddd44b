#include "volume/lines.h"

#include <vector>

#include "support/check.h"

using namespace voxline;

namespace {

struct Line {
  std::int64_t first, count, stride;  // in elements
  bool operator==(const Line&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Line& l) {
  return out << l.first << '+' << l.count << '*' << l.stride;
}

std::byte base[1 << 16];

View view(Index shape, Index strides, int rank, std::int64_t first = 0) {
  View v{nullptr, base + 2 * first, DType::Int16, rank, shape, strides};
  for (int a = 0; a < rank; ++a) v.strides[a] *= 2;
  return v;
}

std::vector<Line> linesOf(const View& v) {
  std::vector<Line> lines;
  forEachLine(v, [&](std::byte* at, std::int64_t count, std::int64_t stride) {
    lines.push_back({(at - base) / 2, count, stride / 2});
  });
  return lines;
}

void checkLines(const View& v, std::size_t count, const Line& first) {
  const auto lines = linesOf(v);
  CHECK_EQUAL(lines.size(), count);
  CHECK_EQUAL(lines[0], first);
  for (std::size_t k = 1; k < lines.size(); ++k) CHECK(lines[k].first > lines[k - 1].first);
}

}  // namespace

TEST(a_dense_volume_is_one_line_however_flipped_or_permuted) {
  checkLines(view({10, 12, 14}, {1, 10, 120}, 3), 1, {0, 1680, 1});
  checkLines(view({10, 12, 14}, {-1, 10, -120}, 3, 9 + 13 * 120), 1, {0, 1680, 1});
  checkLines(view({14, 10, 12}, {120, 1, -10}, 3, 110), 1, {0, 1680, 1});
}

TEST(a_view_has_a_line_per_row_in_address_order) {
  checkLines(view({5, 6, 7}, {1, 10, 120}, 3), 42, {0, 5, 1});
  checkLines(view({5, 6, 7}, {-1, -10, 120}, 3, 54), 42, {0, 5, 1});
  checkLines(view({10, 6, 7}, {1, 10, 120}, 3, 2 * 10 + 3 * 120), 7, {380, 60, 1});
}

TEST(components_are_an_innermost_axis) {
  checkLines(view({3, 3, 2, 5}, {1, 3, 9, 36}, 4), 5, {0, 18, 1});
  checkLines(view({3, 4, 5}, {3, 9, 36}, 3), 1, {0, 60, 3});
}

TEST(axes_of_length_one_are_ignored_and_one_voxel_is_one_line) {
  checkLines(view({1, 12, 1}, {1, 10, 120}, 3), 1, {0, 12, 10});
  checkLines(view({1, 1, 1}, {7, -10, 120}, 3, 5), 1, {5, 1, 1});
  checkLines(view({}, {}, 0, 5), 1, {5, 1, 1});
  CHECK_EQUAL(linesOf(view({5, 0, 3}, {1, 5, 5}, 3)).size(), 0u);
}

TEST(lines_of_two_views_merge_only_what_continues_in_both) {
  const View a = view({5, 6, 7}, {1, 5, 30}, 3), b = view({5, 6, 7}, {-1, 8, 48}, 3, 4);
  std::int64_t lines = 0;
  forEachLine(
      a, b, [&](std::byte* x, std::byte* y, std::int64_t count, std::int64_t strideX, std::int64_t strideY) {
        CHECK_EQUAL(x - base, lines * 10);
        CHECK_EQUAL(y - base, 8 + lines * 16);
        CHECK_EQUAL(count, 5);
        CHECK_EQUAL(strideX, 2);
        CHECK_EQUAL(strideY, -2);
        ++lines;
      });
  CHECK_EQUAL(lines, 42);
}

TEST(a_reversed_axis_is_walked_from_its_far_end_in_every_view) {
  const View a = view({5, 6}, {-1, 5}, 2, 4), b = view({5, 6}, {-1, 5}, 2, 4 + 100);
  forEachLine(
      a, b, [&](std::byte* x, std::byte* y, std::int64_t count, std::int64_t strideX, std::int64_t strideY) {
        CHECK_EQUAL(x - base, 0);
        CHECK_EQUAL(y - base, 200);
        CHECK_EQUAL(count, 30);
        CHECK_EQUAL(strideX, 2);
        CHECK_EQUAL(strideY, 2);
      });
}
