#pragma once

#include <memory>

#include "io/file_sink.h"

namespace voxline {

// Throws Error{InvalidArgument} when the layout's voxels leave gaps: they could not be written in order.
std::unique_ptr<FileSink> openGzipSink(const FileSinkOptions& options);
std::size_t gzipSinkMemory(const FileSinkOptions& options, const Region& region);

}  // namespace voxline
