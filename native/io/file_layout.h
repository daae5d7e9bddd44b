#pragma once

#include <cstdint>
#include <string>

#include "base/dtype.h"
#include "volume/region.h"

namespace voxline {

enum class Compression : std::uint8_t { None, Gzip, Zlib };

// Where the voxels of a volume lie in a file's (decompressed) byte stream. Axes are index axes; `start` is the position of
// voxel (0, 0, 0, …) and strides are signed bytes, so a flipped or permuted index order needs nothing else.
struct FileLayout {
  std::string path;
  Compression compression = Compression::None;
  std::int64_t streamStart = 0;  // byte of the file where the compressed stream starts; sources only
  bool bigEndian = false;
  DType dtype = DType::UInt8;
  std::int64_t start = 0;
  int rank = 0;
  Index shape{};
  Index strides{};
};

}  // namespace voxline
