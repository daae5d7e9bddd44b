#include "exec/convert_voxels.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "base/checked.h"
#include "exec/pool.h"
#include "exec/prepare_view.h"
#include "kernel/registry.h"
#include "volume/copy.h"
#include "volume/lines.h"
#include "volume/voxels.h"

namespace voxline {
namespace {

constexpr std::int64_t kPieceVoxels = 1 << 18;
constexpr std::int64_t kChunkVoxels = 1 << 14;  // both sides of a chunk stay in the second-level cache

void checkShapes(const View& a, const View& b) {
  bool same = a.rank == b.rank;
  for (int k = 0; same && k < a.rank; ++k) same = a.shape[k] == b.shape[k];
  if (!same) throw Error(Code::ShapeMismatch, "voxels are copied between views of one shape");
}

// Runs body(region, worker) for pieces that together are the view.
template <class F>
void forPieces(const View& view, int threads, const std::atomic<bool>& stop, const F& body) {
  const std::int64_t most = 4 * std::int64_t{workersOf(threads)};
  const std::int64_t count = std::min(most, 1 + view.region().size() / kPieceVoxels);
  const std::vector<Region> pieces = copyPieces(view, count);
  parallelFor(static_cast<std::int64_t>(pieces.size()), threads, stop, [&](std::int64_t index, Worker& worker) {
    body(pieces[static_cast<std::size_t>(index)], worker);
  });
}

// A dense view at `data`, in the memory order of `like`.
View denseLike(const View& like, DType dtype, std::byte* data) {
  std::array<int, kMaxRank> axes{};
  for (int a = 0; a < like.rank; ++a) axes[a] = a;
  std::stable_sort(axes.begin(), axes.begin() + like.rank,
                   [&](int a, int b) { return std::abs(like.strides[a]) < std::abs(like.strides[b]); });
  View dense = like;
  dense.memory = nullptr;
  dense.dtype = dtype;
  dense.data = data;
  auto stride = static_cast<std::int64_t>(sizeOf(dtype));
  for (int k = 0; k < like.rank; ++k) {
    dense.strides[axes[k]] = stride;
    stride = checkedMul(stride, like.shape[axes[k]]);
  }
  return dense;
}

class Converter {
 public:
  Converter(DType in, DType out, Level level) : in_(in), out_(out) {
    const KernelInfo* kernel = findKernel("convert");
    const double params[] = {0, 0};
    if (kernel && kernel->decode(params, 2, params_)) run_ = findRun(*kernel, level, in, out);
    if (!run_) throw internalError("kernel convert lacks a pair of types");
  }

  // Through dense scratch, so that the kernel sees one long row; boxes larger than a chunk are halved along
  // the target's slowest axis.
  void run(const View& from, const View& to, Worker& worker) const {
    if (to.region().size() > kChunkVoxels) return halve(from, to, worker);
    const std::int64_t count = to.region().size();
    const std::int64_t inBytes = roundUp((count + kRowSlack) * static_cast<std::int64_t>(sizeOf(in_)), 64);
    const std::int64_t outBytes = (count + kRowSlack) * static_cast<std::int64_t>(sizeOf(out_));
    std::byte* scratch = worker.arena(static_cast<std::size_t>(inBytes + outBytes));
    const View before = denseLike(to, in_, scratch);
    const View after = denseLike(to, out_, scratch + inBytes);
    copyDisjoint(from, before);
    convertRow(before.data, after.data, count);
    copyDisjoint(after, to);
  }

 private:
  void halve(const View& from, const View& to, Worker& worker) const {
    int slowest = -1;
    for (int a = 0; a < to.rank; ++a)
      if (to.shape[a] > 1 && (slowest < 0 || std::abs(to.strides[a]) > std::abs(to.strides[slowest])))
        slowest = a;
    const std::int64_t length = to.shape[slowest];
    for (const Interval half : {Interval{0, length / 2}, Interval{length / 2, length}}) {
      Region region = to.region();
      region.setAxis(slowest, half);
      run(part(from, region), part(to, region), worker);
    }
  }

  void convertRow(std::byte* in, std::byte* out, std::int64_t count) const {
    Call call;
    call.rank = 1;
    call.shape[0] = call.extent[0] = count;
    call.inputs = 1;
    call.in[0].data = in;
    call.in[0].stride[0] = 1;
    call.out.data = out;
    call.out.stride[0] = 1;
    run_(params_, call);
  }

  DType in_;
  DType out_;
  RunKernel run_ = nullptr;
  ParamBlock params_;
};

void copyApart(const View& from, const View& to, Level level, int threads, const std::atomic<bool>& stop) {
  if (from.dtype == to.dtype)
    return forPieces(to, threads, stop, [&](const Region& r, Worker&) { copyDisjoint(part(from, r), part(to, r)); });
  const Converter converter(from.dtype, to.dtype, level);
  forPieces(to, threads, stop,
            [&](const Region& r, Worker& worker) { converter.run(part(from, r), part(to, r), worker); });
}

}  // namespace

void convertVoxels(const View& from, const View& to, Level level, int threads, const std::atomic<bool>& stop) {
  checkShapes(from, to);
  prepareView(to, threads, stop);
  if (!mayOverlap(from, to)) return copyApart(from, to, level, threads, stop);
  const std::int64_t bytes = checkedMul(to.region().size(), static_cast<std::int64_t>(sizeOf(to.dtype)));
  const MemoryPtr memory = allocate(static_cast<std::size_t>(bytes), Fill::None);
  const View between = denseLike(to, to.dtype, memory->data());
  copyApart(from, between, level, threads, stop);
  if (!stop) copyApart(between, to, level, threads, stop);
}

void fillOnWorkers(const View& view, std::uint64_t bits, const std::atomic<bool>& stop) {
  prepareView(view, 0, stop);
  forPieces(view, 0, stop, [&](const Region& r, Worker&) { fillVoxels(part(view, r), bits); });
}

bool equalOnWorkers(const View& a, const View& b, const std::atomic<bool>& stop) {
  if (a.dtype != b.dtype) return false;
  checkShapes(a, b);
  std::atomic<bool> differ = false;
  forPieces(a, 0, stop, [&](const Region& r, Worker&) {
    if (!differ && !equalVoxels(part(a, r), part(b, r))) differ = true;
  });
  return !differ;
}

}  // namespace voxline
