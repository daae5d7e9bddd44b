#include "io/writeback.h"

#include <fcntl.h>

namespace voxline {

namespace {

// At least so much at a time.
constexpr std::int64_t kHandedOn = 1 << 20;
// Whole pages of any kernel: the next write would change the rest of a page, which would go to disk twice.
constexpr std::int64_t kWholePages = 64 << 10;

}  // namespace

void Writeback::wrote(const File& file, std::int64_t position, std::int64_t bytes) {
  if (position != end_) begin_ = (position + kWholePages - 1) / kWholePages * kWholePages;
  end_ = position + bytes;
  const std::int64_t whole = end_ / kWholePages * kWholePages;
  if (whole - begin_ < kHandedOn) return;
  ::sync_file_range(file.descriptor(), begin_, whole - begin_, SYNC_FILE_RANGE_WRITE);
  begin_ = whole;
}

}  // namespace voxline
