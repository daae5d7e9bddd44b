#include "exec/prepare_view.h"

#include <algorithm>

#include "exec/pool.h"

namespace voxline {

namespace {

constexpr std::int64_t kLeast = std::int64_t{4} << 20;
// A multiple of a huge page: no two workers ask for the same one unless the view starts within it.
constexpr std::int64_t kStretch = std::int64_t{16} << 20;

std::int64_t spanOf(const View& view) {
  auto span = static_cast<std::int64_t>(sizeOf(view.dtype));
  for (int a = 0; a < view.rank; ++a) span += (view.shape[a] - 1) * std::abs(view.strides[a]);
  return span;
}

}  // namespace

void prepareView(const View& view, int threads, const std::atomic<bool>& stop) {
  const std::int64_t bytes = view.region().size() * static_cast<std::int64_t>(sizeOf(view.dtype));
  if (bytes < kLeast) return;
  const std::int64_t span = spanOf(view);
  if (span / 2 > bytes) return;
  std::byte* begin = lowest(view);
  parallelFor((span + kStretch - 1) / kStretch, threads, stop, [&](std::int64_t k, Worker&) {
    const std::int64_t from = k * kStretch;
    view.memory->prepare(begin + from, static_cast<std::size_t>(std::min(kStretch, span - from)));
  });
}

}  // namespace voxline
