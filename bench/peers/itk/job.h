#pragma once

#include <functional>
#include <map>
#include <string>

#include "request.h"

/// One operation on one image, ready to run any number of times.
struct Job {
  /// Runs it, into the memory of the run before.
  std::function<void()> run;
  /// Gives all output memory back.
  std::function<void()> release;
  /// Writes the values of the last result, x fastest, as they lie in memory.
  std::function<void(const std::string& path)> save;
};

/// Makes jobs, by an operation's name and the element type it takes: `median int16`.
using Operations = std::map<std::string, std::function<Job(const Request&)>>;

void addPoint(Operations& operations);
void addMeasures(Operations& operations);
void addGradients(Operations& operations);
void addSmoothing(Operations& operations);
void addLabels(Operations& operations);
void addGeometry(Operations& operations);
void addFiles(Operations& operations);
