#pragma once

#include <string>

#include "io/file.h"

namespace voxline {

// A file that appears under its final name complete or not at all: written under a temporary name in the same
// folder, ".<name>.<pid>-<counter>.tmp", which is removed unless commit() has renamed it. Temporary files
// whose writer has died are removed by the next writer of the same name.
class TemporaryFile {
 public:
  // Throws Error{Io} when the folder cannot be written, or the target exists and overwrite is false or is not
  // a regular file.
  TemporaryFile(std::string target, bool overwrite);
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  const File& file() const { return file_; }
  // Syncs the file, gives it the target's name (and the mode of a target it replaces) and syncs the folder.
  void commit();

 private:
  std::string target_;
  bool overwrite_;
  std::string path_;
  File file_;
};

}  // namespace voxline
