#pragma once

#include <functional>
#include <string>

/// One operation on one image, ready to run any number of times.
struct Job {
  /// Runs it, into the memory of the run before.
  std::function<void()> run;
  /// Gives all output memory back.
  std::function<void()> release;
  /// Writes the voxels of the last result, x fastest, as they lie in memory.
  std::function<void(const std::string& path)> save;
};
