#include "exec/prepare_view.h"

#include <algorithm>

#include "exec/pool.h"

namespace voxline {

namespace {

constexpr std::int64_t kLeast = std::int64_t{4} << 20;
// Each request waits for all processors once: few and large ones, but a run must stop soon. Multiples of a huge page.
constexpr std::int64_t kShortestStretch = std::int64_t{16} << 20, kLongestStretch = std::int64_t{64} << 20;

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
  const std::int64_t workers = workersOf(threads);
  const std::int64_t stretch = std::clamp((span / workers / kShortestStretch + 1) * kShortestStretch, kShortestStretch, kLongestStretch);
  parallelFor((span + stretch - 1) / stretch, threads, stop, [&](std::int64_t k, Worker&) {
    const std::int64_t from = k * stretch;
    view.memory->prepare(begin + from, static_cast<std::size_t>(std::min(stretch, span - from)));
  });
}

}  // namespace voxline
