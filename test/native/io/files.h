#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "io/file_layout.h"
#include "support/random_views.h"

namespace voxline::test {

using Bytes = std::vector<std::byte>;

// A folder of its own, in memory where there is one, removed with everything in it.
struct Folder {
  std::filesystem::path path;
  Folder() {
    const std::filesystem::path shm = "/dev/shm";
    const auto parent = std::filesystem::is_directory(shm) ? shm : std::filesystem::temp_directory_path();
    std::string name = (parent / "voxline-io-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  std::size_t count() const {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path)) ++n;
    return n;
  }
};

inline void writeFile(const std::string& path, const Bytes& bytes) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!bytes.empty()) std::fwrite(bytes.data(), 1, bytes.size(), file);
  std::fclose(file);
}

inline Bytes readFile(const std::string& path) {
  Bytes bytes(std::filesystem::file_size(path));
  std::FILE* file = std::fopen(path.c_str(), "rb");
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
  std::fclose(file);
  return bytes;
}

// A volume and the stream its layout describes: `header` bytes of 0x55, then the voxels.
struct Stored {
  FileLayout layout;
  Bytes stream;
  View voxels;  // native bytes
};

// The voxels of the stream in place; their bytes are in file order.
inline View inStream(const FileLayout& layout, Bytes& stream) {
  return {nullptr, stream.data() + layout.start, layout.dtype, layout.rank, layout.shape, layout.strides};
}

inline void putVoxels(const View& voxels, const FileLayout& layout, Bytes& stream) {
  const View to = inStream(layout, stream);
  const std::size_t bytes = sizeOf(layout.dtype);
  forEachIndex(voxels.rank, voxels.shape, [&](const Index& at) {
    for (std::size_t k = 0; k < bytes; ++k)
      to.at(at)[k] = voxels.at(at)[layout.bigEndian ? bytes - 1 - k : k];
  });
}

inline Stored store(std::mt19937& random, DType dtype, int rank, const Index& shape, std::size_t header,
                    bool isDense) {
  Stored stored;
  View place = randomView(random, dtype, rank, shape);
  while (isDense && !voxline::isDense(place)) place = randomView(random, dtype, rank, shape);
  stored.voxels = randomView(random, dtype, rank, shape);
  number(stored.voxels);
  stored.layout.dtype = dtype;
  stored.layout.rank = rank;
  stored.layout.shape = shape;
  stored.layout.strides = place.strides;
  stored.layout.start = static_cast<std::int64_t>(header) + (place.data - place.memory->data());
  const std::size_t voxelBytes = sizeOf(dtype) * static_cast<std::size_t>(place.region().size());
  stored.stream.assign(header + (isDense ? voxelBytes : place.memory->bytes()), std::byte{0});
  std::fill_n(stored.stream.begin(), header, std::byte{0x55});
  return stored;
}

inline Region randomRegion(std::mt19937& random, int rank, const Index& shape) {
  Region region{rank, {}, {}};
  for (int a = 0; a < rank; ++a) {
    region.start[a] = draw(random, 0, static_cast<int>(shape[a]) - 1);
    region.shape[a] = draw(random, 1, static_cast<int>(shape[a] - region.start[a]));
  }
  return region;
}

}  // namespace voxline::test
