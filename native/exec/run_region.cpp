#include "exec/run_region.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "exec/pool.h"
#include "exec/prepare_view.h"
#include "volume/huge_pages.h"

namespace voxline {
namespace {

constexpr std::int64_t kPartVoxels = 1 << 15;  // fewer are not worth a part of their own
constexpr std::int64_t kPartsPerWorker = 8;
constexpr std::int64_t kLeastWritten = 256;  // however much a part reads
constexpr std::size_t kLeastInTurn = 2;      // parts per worker; with fewer of them kernels that can be cut further run one after another

[[noreturn]] void refuse(const RegionWork& work, std::string_view why) {
  throw internalError("invalid region call: " + std::string(work.kernel->name) + ": " + std::string(why));
}

Placed placed(const PlacedView& p) {
  return {p.view.data, p.view.dtype, p.view.rank, p.view.shape, p.view.strides, p.start, p.extent};
}

Region placeOf(const PlacedView& p) { return {p.view.rank, p.start, p.view.shape}; }

RegionCall callFor(const RegionWork& work) {
  RegionCall call;
  call.axis = work.axis;
  for (const PlacedView& input : work.inputs) call.in[static_cast<std::size_t>(call.inputs++)] = placed(input);
  for (const PlacedView& output : work.outputs) call.out[static_cast<std::size_t>(call.outputs++)] = placed(output);
  call.part = placeOf(work.outputs.front());
  return call;
}

ParamBlock decoded(const RegionWork& work) {
  ParamBlock params;
  if (!work.kernel->decode(work.numbers.data(), work.numbers.size(), params)) refuse(work, "the parameters are not the kernel's");
  const int rank = work.outputs.front().view.rank;
  if (const auto wrong = work.kernel->check(params, rank); !wrong.empty()) refuse(work, wrong);
  return params;
}

const KernelEntry* kernelFor(const RegionWork& work) {
  const View& first = (work.inputs.empty() ? work.outputs : work.inputs).front().view;
  return findRegionEntry(*work.kernel, work.level, first.dtype, work.outputs.front().view.dtype);
}

void checkPlaced(const RegionWork& work, const PlacedView& p) {
  const Region all{p.view.rank, {}, p.extent};
  if (p.view.rank < 1 || !all.contains(placeOf(p))) refuse(work, "a view lies outside its volume");
  if (!isInside(p.view)) refuse(work, "a view lies outside its memory");
}

// The voxels that are written or read, whichever are more.
std::int64_t workOf(const RegionCall& call) {
  std::int64_t voxels = call.part.size();
  for (int k = 0; k < call.inputs; ++k) {
    const Placed& input = call.in[static_cast<std::size_t>(k)];
    voxels = std::max(voxels, Region{input.rank, input.start, input.shape}.size());
  }
  return voxels;
}

// Each level has its own vectors, and so its own needs.
std::size_t localBytes(const KernelEntry& kernel, const ParamBlock& params, const RegionCall& call) {
  return kernel.info->localBytes ? kernel.info->localBytes(params, call) : 0;
}

// A work that has been read, ready for any part.
struct Step {
  const KernelEntry* kernel;
  ParamBlock params;
  RegionCall whole;

  explicit Step(const RegionWork& work) : kernel(kernelFor(work)), params(decoded(work)), whole(callFor(work)) {}

  unsigned wholeAxes() const { return kernel->info->wholeAxes ? kernel->info->wholeAxes(params, whole) : 0; }

  void run(const Region& part, std::byte* local) const {
    RegionCall call = whole;
    call.part = whole.part.sharedWith(part);
    if (call.part.size() == 0) return;
    call.local = local;
    kernel->runRegion(params, call);
  }
};

// Several works on one part find there what they left in cache.
std::int64_t partCount(const Step& first, bool isSequence, int workers) {
  const std::int64_t most = std::min(workOf(first.whole) / kPartVoxels, first.whole.part.size() / kLeastWritten);
  return std::max<std::int64_t>(1, isSequence ? most : std::min(most, kPartsPerWorker * workers));
}

// Parts far apart in memory: the slowest axes that may be cut are cut first.
std::vector<Region> partsOf(const RegionCall& call, unsigned whole, std::int64_t wanted) {
  const Placed& out = call.out[0];
  std::vector<int> axes;
  for (int a = 0; a < out.rank; ++a)
    if (!(whole >> a & 1u) && out.shape[a] > 1) axes.push_back(a);
  std::stable_sort(axes.begin(), axes.end(), [&](int a, int b) { return std::abs(out.strides[a]) > std::abs(out.strides[b]); });
  std::vector<Region> parts{call.part};
  for (const int axis : axes) {
    if (wanted <= 1) break;
    const std::int64_t length = call.part.shape[axis], pieces = std::min(wanted, length);
    std::vector<Region> finer;
    for (const Region& part : parts)
      for (std::int64_t i = 0; i < pieces; ++i) {
        const std::int64_t begin = call.part.start[axis];
        finer.push_back(part);
        finer.back().setAxis(axis, {begin + i * length / pieces, begin + (i + 1) * length / pieces});
      }
    parts = std::move(finer);
    wanted = (wanted + pieces - 1) / pieces;
  }
  return parts;
}

}  // namespace

void checkRegionWork(const RegionWork& work) {
  if (!work.kernel || work.kernel->shape != KernelShape::Region) throw internalError("invalid region call: no region kernel");
  if (work.outputs.empty() || work.outputs.size() > kMaxPlaced || work.inputs.size() > kMaxPlaced) refuse(work, "too few or too many views");
  if (static_cast<int>(work.inputs.size()) < work.kernel->inputs) refuse(work, "an input is missing");
  for (const PlacedView& input : work.inputs) checkPlaced(work, input);
  for (const PlacedView& output : work.outputs) {
    checkPlaced(work, output);
    if (!output.view.memory->isWritable()) throw Error(Code::Unsupported, "the target volume is read-only");
  }
  if (work.axis < -1 || work.axis >= work.outputs.front().view.rank) refuse(work, "axis out of range");
  if (!kernelFor(work)) refuse(work, "it is not built for these dtypes");
  const ParamBlock params = decoded(work);
  if (!work.kernel->checkRegion) return;
  if (const auto wrong = work.kernel->checkRegion(params, callFor(work)); !wrong.empty()) refuse(work, wrong);
}

std::size_t regionScratch(const RegionWork& work) {
  return scratchBytesOf(localBytes(*kernelFor(work), decoded(work), callFor(work)));
}

void checkSequence(std::span<const RegionWork> works) {
  if (works.empty()) throw internalError("invalid region call: no kernel");
  const PlacedView& first = works.front().outputs.front();
  for (const RegionWork& work : works.subspan(1))
    for (const PlacedView& output : work.outputs) {
      const bool isBeside = output.view.rank == first.view.rank && output.extent == first.extent;
      if (!isBeside || !placeOf(first).contains(placeOf(output))) refuse(work, "the first kernel of a sequence must write wherever another does");
    }
}

void runRegion(std::span<const RegionWork> works, const std::atomic<bool>& stop) {
  std::vector<Step> steps(works.begin(), works.end());
  const int workers = workersOf(works.front().threads);
  unsigned uncut = 0;
  std::size_t scratch = 0;
  for (const Step& step : steps) {
    uncut |= step.wholeAxes();
    scratch = std::max(scratch, localBytes(*step.kernel, step.params, step.whole));
  }
  const std::vector<Region> parts = partsOf(steps.front().whole, uncut, partCount(steps.front(), steps.size() > 1, workers));
  if (steps.size() > 1 && parts.size() < kLeastInTurn * static_cast<std::size_t>(workers)) {
    for (std::size_t k = 0; k < works.size(); ++k) runRegion(works.subspan(k, 1), stop);
    return;
  }
  for (const RegionWork& work : works)
    for (const PlacedView& output : work.outputs) prepareView(output.view, workers, stop);
  parallelFor(static_cast<std::int64_t>(parts.size()), workers, stop, [&](std::int64_t i, Worker& worker) {
    std::byte* local = scratch > 0 ? worker.arena(scratch) : nullptr;
    for (const Step& step : steps)
      if (!stop.load()) step.run(parts[static_cast<std::size_t>(i)], local);
  });
  if (stop.load()) throw Error(Code::Aborted, "the run was stopped");
  for (const RegionWork& work : works) {
    for (const PlacedView& input : work.inputs) input.view.memory->checkIntact();
    for (const PlacedView& output : work.outputs) output.view.memory->checkIntact();
  }
}

}  // namespace voxline
