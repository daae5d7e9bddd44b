#pragma once

#include <memory>

#include "io/file.h"
#include "io/file_source.h"

namespace voxline {

// For gzip and zlib layouts. Throws Error{Format} at once when the file is too small to hold the layout's
// bytes at any compression.
std::unique_ptr<FileSource> openInflateSource(File file, const FileLayout& layout);
std::size_t inflateSourceMemory(const FileLayout& layout, const Region& region);

}  // namespace voxline
