#include <algorithm>
#include <cstdlib>

#include "kernel/registry.h"
#include "support/check.h"

namespace voxline::test {
namespace {

// The variable as it was when this object was made.
class Forced {
 public:
  Forced(const char* level) {
    const char* before = std::getenv("VOXLINE_SIMD");
    if (before) before_ = before;
    level ? setenv("VOXLINE_SIMD", level, 1) : unsetenv("VOXLINE_SIMD");
  }
  ~Forced() { before_.empty() ? unsetenv("VOXLINE_SIMD") : setenv("VOXLINE_SIMD", before_.c_str(), 1); }
  Forced(const Forced&) = delete;

 private:
  std::string before_;
};

TEST(levels_best_one_is_built_and_named) {
  const Forced none(nullptr);
  const auto levels = builtLevels();
  CHECK(std::find(levels.begin(), levels.end(), bestLevel()) != levels.end());
  CHECK(levelNamed(nameOf(bestLevel())) == bestLevel());
  CHECK(levelNamed("") == bestLevel());
}

TEST(levels_lowest_one_can_be_forced_by_the_environment) {
  const Level lowest = builtLevels().front();
  const Forced forced(nameOf(lowest).data());
  CHECK(bestLevel() == lowest);
  CHECK(levelNamed("") == lowest);
}

TEST(levels_unknown_names_are_refused) {
  CHECK_THROWS(Code::InvalidArgument, levelNamed("v9"));
  const Forced forced("fastest");
  CHECK_THROWS(Code::InvalidArgument, bestLevel());
}

}  // namespace
}  // namespace voxline::test
