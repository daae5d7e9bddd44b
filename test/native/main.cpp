#include <cstring>

#include "support/check.h"

// Runs every case whose name contains the first argument (all without one).
int main(int argc, char** argv) {
  int passed = 0, failed = 0;
  for (const auto& test : voxline::test::cases()) {
    if (argc > 1 && !std::strstr(test.name, argv[1])) continue;
    std::string what;
    try {
      test.run();
    } catch (const voxline::test::Failure& failure) {
      what = failure.text;
    } catch (const std::exception& error) {
      what = std::string("unexpected exception: ") + error.what();
    }
    what.empty() ? ++passed : ++failed;
    if (!what.empty()) std::printf("FAIL %s\n     %s\n", test.name, what.c_str());
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed || !passed ? 1 : 0;
}
