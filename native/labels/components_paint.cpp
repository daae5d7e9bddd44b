#include <algorithm>

#include "base/error.h"
#include "exec/pool.h"
#include "exec/prepare_view.h"
#include "labels/components.h"
#include "labels/paint_box.h"
#include "labels/pieces.h"
#include "labels/slab_links.h"

namespace voxline {
namespace {

constexpr std::int64_t kTasksPerWorker = 4;

}  // namespace

void Components::paint(const PlacedView* input, const PlacedView& out, int threads, const std::atomic<bool>& stop) const {
  if (!isFinished_) throw internalError("components are painted once all are known");
  const Frame& frame = spec_.frame;
  const PlacedView target = seenThrough(frame, out);
  const PlacedView source = input ? seenThrough(frame, *input) : PlacedView{};
  const std::vector<std::int64_t> slabs = slabsIn(regionOf(target));
  const int workers = workersOf(threads);
  const bool arePlanes = bits_ && static_cast<std::int64_t>(slabs.size()) < kTasksPerWorker * workers;
  std::vector<Task> tasks;
  for (const std::int64_t slab : slabs) {
    Region box = regionOf(target);
    const Region whole = boxOf(frame, placeOf(slab));
    if (!bits_ && !(input && regionOf(source).contains(whole))) throw internalError("painting needs whole slabs of the input");
    for (int a = 0; a < frame.rank; ++a) box.setAxis(a, clip(box.axis(a), whole.axis(a)));
    const Interval planes = box.axis(frame.slabAxis());
    const std::int64_t step = arePlanes ? 1 : std::max<std::int64_t>(planes.length(), 1);
    for (std::int64_t plane = planes.begin; plane < planes.end; plane += step) {
      box.setAxis(frame.slabAxis(), {plane, plane + step});
      tasks.push_back({slab, box});
    }
  }
  prepareView(out.view, workers, stop);
  parallelFor(static_cast<std::int64_t>(tasks.size()), workers, stop, [&](std::int64_t i, Worker& worker) {
    paintSlab(tasks[static_cast<std::size_t>(i)], input ? &source : nullptr, target, worker);
  });
  if (stop.load()) throw Error(Code::Aborted, "the run was stopped");
}

void Components::paintSlab(const Task& task, const PlacedView* input, const PlacedView& out, Worker& worker) const {
  const Frame& frame = spec_.frame;
  const Slab& slab = slabs_[static_cast<std::size_t>(task.slab)];
  const SlabPlace place = placeOf(task.slab);
  const std::int64_t rows = rowsOf(place), words = wordsFor(frame.shape[0]);
  const bool isNumbered = spec_.outcome == Outcome::Number;
  std::uint64_t* bits = bitsOf(task.slab);
  MemoryPtr own;
  PaintedRows painted{bits, slab.kept, slab.kept ? slab.kept + rows + 1 : nullptr};
  std::byte* scratch = nullptr;
  if (!bits) {
    own = allocate(static_cast<std::size_t>(rows * words * 8), Fill::None);
    bits = reinterpret_cast<std::uint64_t*>(own->data());
    testSlab(frame, place, spec_.test, *input, worker.arena(pieceBytes(input->view)), bits);
    SlabWork work(worker, spec_, rows, bits, pieceBytes(out.view));
    work.label(spec_, neighbours_, place, seedsIn(task.slab));
    values(slab, work.facts, work.values);
    if (isNumbered)
      for (std::uint32_t run = 0; run < work.runs.count; ++run) work.runs.labels[run] = work.values[work.runs.labels[run]];
    else
      selectBits(frame, spec_.outcome, work.runs, work.values, bits);
    painted = {bits, work.runs.first, work.runs.labels};
    scratch = work.extra;
  } else {
    scratch = worker.arena(pieceBytes(out.view));
  }
  if (!isNumbered) painted.first = painted.labels = nullptr;
  paintBox(frame, place, painted, spec_.outcome == Outcome::Largest, task.box, out, scratch);
}

}  // namespace voxline
