#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "kernel/registry.h"

namespace voxline {
namespace {

constexpr std::string_view kNames[kLevels] = {"baseline", "v2", "v3", "v4", "neon"};

#if defined(__x86_64__)
// What compilers may use under -march=x86-64-v2, -v3 and -v4 (System V ABI, "micro-architecture levels").
bool runs(Level level) {
  __builtin_cpu_init();
  const bool v2 = __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.2");
  const bool v3 = v2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                  __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("f16c") && __builtin_cpu_supports("lzcnt") &&
                  __builtin_cpu_supports("movbe");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  switch (level) {
    case Level::Baseline: return true;
    case Level::V2: return v2;
    case Level::V3: return v3;
    case Level::V4: return v4;
    default: return false;
  }
}
#elif defined(__aarch64__)
bool runs(Level level) { return level == Level::Neon; }
#else
bool runs(Level level) { return level == Level::Baseline; }
#endif

// The level chosen for the process; -1: the best one.
std::atomic<int> chosen{-1};

std::string listOf(const std::vector<Level>& levels) {
  std::string text;
  for (const Level level : levels) text.append(text.empty() ? "" : ", ").append(nameOf(level));
  return text;
}

Level usable(std::string_view name, std::string_view argument) {
  const std::vector<Level>& levels = usableLevels();
  const auto found = std::find_if(levels.begin(), levels.end(), [&](Level level) { return nameOf(level) == name; });
  if (found != levels.end()) return *found;
  const bool known = std::find(kNames, kNames + kLevels, name) != kNames + kLevels;
  throw invalidArgument(std::string(argument) + " must be one of " + listOf(levels) + (known ? " on this machine" : "") +
                        ", received '" + std::string(name) + "'");
}

}  // namespace

const std::vector<Level>& usableLevels() {
  static const std::vector<Level> found = [] {
    std::vector<Level> levels = builtLevels();
    std::erase_if(levels, [](Level level) { return !runs(level); });
    return levels;
  }();
  return found;
}

void chooseLevel(Level level) { chosen.store(static_cast<int>(level)); }

std::string_view nameOf(Level level) { return kNames[static_cast<int>(level)]; }

Level bestLevel() {
  if (const int level = chosen.load(); level >= 0) return static_cast<Level>(level);
  const char* forced = std::getenv("VOXLINE_SIMD");
  if (forced && *forced) return usable(forced, "VOXLINE_SIMD");
  const std::vector<Level>& levels = usableLevels();
  if (levels.empty()) throw internalError("this build has no kernels for this machine");
  return levels.back();
}

Level levelNamed(std::string_view name) { return name.empty() ? bestLevel() : usable(name, "level"); }

}  // namespace voxline
