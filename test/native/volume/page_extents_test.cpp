#include "volume/page_extents.h"

#include <string>

#include "support/check.h"

using namespace voxline;

namespace {

LayerPtr named() { return std::make_shared<PageLayer>(-1, 0); }

struct Named {
  LayerPtr a = named(), b = named(), c = named();

  std::string operator()(const PageExtents& extents) const {
    std::string text;
    for (const PageExtent& e : extents) {
      const char name = e.layer == a ? 'a' : e.layer == b ? 'b' : e.layer == c ? 'c' : '?';
      text += name + std::to_string(e.pages.begin) + "-" + std::to_string(e.pages.end) + " ";
    }
    return text;
  }
};

}  // namespace

TEST(runs_laid_over_extents_split_and_hide_them) {
  const Named name;
  const PageExtents base{{{2, 20}, name.a}};
  const PageExtents one = overlaid(base, {{5, 7}, {10, 11}}, name.b);
  CHECK_EQUAL(name(one), "a2-5 b5-7 a7-10 b10-11 a11-20 ");
  CHECK_EQUAL(name(overlaid(one, {{2, 6}, {7, 12}, {19, 20}}, name.c)), "c2-6 b6-7 c7-12 a12-19 c19-20 ");
  CHECK_EQUAL(name(overlaid(one, {{2, 20}}, name.c)), "c2-20 ");
  CHECK_EQUAL(name(overlaid(one, {}, name.c)), name(one));
}

TEST(neighbours_in_one_layer_become_one_extent) {
  const Named name;
  const PageExtents base{{{0, 4}, name.a}, {{4, 8}, name.b}};
  CHECK_EQUAL(name(overlaid(base, {{3, 5}}, name.a)), "a0-5 b5-8 ");
  CHECK_EQUAL(name(overlaid(base, {{2, 4}, {4, 6}}, name.c)), "a0-2 c2-6 b6-8 ");
}

TEST(a_cut_keeps_what_lies_inside) {
  const Named name;
  const PageExtents base{{{0, 4}, name.a}, {{4, 8}, name.b}, {{8, 9}, name.a}};
  CHECK_EQUAL(name(cut(base, {3, 8})), "a3-4 b4-8 ");
  CHECK_EQUAL(name(cut(base, {5, 6})), "b5-6 ");
}

TEST(runs_without_others_are_what_the_others_leave) {
  const std::vector<PageRun> runs{{0, 4}, {6, 10}, {20, 30}};
  CHECK((without(runs, {}) == runs));
  CHECK((without(runs, {{0, 40}}).empty()));
  CHECK((without(runs, {{1, 2}, {3, 7}, {22, 23}, {29, 35}}) ==
         std::vector<PageRun>{{0, 1}, {2, 3}, {7, 10}, {20, 22}, {23, 29}}));
  CHECK((without(runs, {{4, 6}, {10, 20}}) == runs));
}

TEST(gaps_are_joined_until_there_are_few_enough_extents) {
  const Named name;
  const PageExtents base{{{0, 1000}, name.a}};
  const std::vector<PageRun> runs{{10, 11}, {15, 16}, {100, 101}, {130, 131}, {900, 901}};
  CHECK_EQUAL(joinedRuns(base, runs, 100).size(), 4u);
  CHECK_EQUAL(joinedRuns(base, runs, 7).size(), 3u);
  const auto few = joinedRuns(base, runs, 3);
  CHECK_EQUAL(few.size(), 1u);
  CHECK((few[0] == PageRun{10, 901}));
  CHECK((joinedRuns(base, runs, 1)[0] == PageRun{0, 1000}));
}
