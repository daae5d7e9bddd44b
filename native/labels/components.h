#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "labels/face_joins.h"
#include "labels/label_state.h"
#include "labels/slab.h"
#include "volume/memory.h"

namespace voxline {

class Worker;
struct SlabLinks;
struct SlabWork;

struct ComponentsSpec {
  Frame frame;
  int connectivity = 1;
  VoxelTest test;
  Outcome outcome = Outcome::Number;
  std::uint64_t largest = 1;      // Largest: how many to keep in each item
  std::vector<Index> seeds;       // Seeded: in the frame's axes
  std::int64_t slabHeight = 1;
  bool keepsBits = true;          // a bit per voxel; without, `paint` is given whole slabs of the input again
  std::int64_t labelBytes = 0;    // taken for labels of runs between calls, where bits are kept
  std::int64_t tableBytes = 0;    // most that tables may take in memory whose sizes follow from the voxels
  std::string folder;             // for files that hold more of them
};

// Connected components of a volume labelled slab by slab: only components that reach a plane between two slabs are known to the whole;
// the others are found again, in the same order, when their slab is painted. Items of the frame are independent.
class Components final : public LabelState {
 public:
  explicit Components(ComponentsSpec spec);
  ~Components() override;

  void add(const PlacedView& part, int threads, const std::atomic<bool>& stop) override;
  std::uint64_t finish(int threads, const std::atomic<bool>& stop) override;
  // Number: labels. Largest: clears the voxels of `out` that are not kept. The others: 1 and 0. The input's part holds every slab that
  // `out` lies in, whole; it is not needed when bits are kept.
  void paint(const PlacedView* input, const PlacedView& out, int threads, const std::atomic<bool>& stop) const override;
  std::int64_t bytes() const override;

 private:
  struct Slab {
    std::uint32_t components = 0;
    std::uint32_t firstId = 0, touching = 0;           // ids of components that reach a neighbouring slab, in joins_
    std::size_t firstCandidate = 0, candidates = 0;    // Largest: of the others, in candidates_
    std::uint64_t base = 0;                            // Number: components of the item that begin in earlier slabs
    std::unique_ptr<SlabLinks> links;                  // until the slabs on either side are known
    std::uint32_t* kept = nullptr;                     // rows + 1 first runs, then the runs' labels (after `finish`: their values)
    MemoryPtr keptIn;                                  // where they lie beside labels_
    bool isKnown = false;
  };
  struct Task {
    std::int64_t slab;
    Region box;  // of the slab, in the frame's axes
  };

  std::int64_t slabsPerItem() const;
  SlabPlace placeOf(std::int64_t slab) const;
  std::int64_t rowsOf(const SlabPlace& place) const { return place.height * spec_.frame.planeRows(); }
  std::uint64_t* bitsOf(std::int64_t slab) const;
  std::vector<std::int64_t> slabsIn(const Region& region) const;
  std::span<const Index> seedsIn(std::int64_t slab) const;

  void learn(std::int64_t slab, const PlacedView& part, Worker& worker);
  void keepLabels(Slab& slab, const Runs& runs);
  void connect(std::int64_t slab);
  void list(Slab& slab);

  void numberItem(std::int64_t firstSlab);
  void chooseLargest(std::int64_t firstSlab);
  void values(const Slab& slab, const Facts& facts, std::uint32_t* values) const;
  void settleSlab(std::int64_t slab, Worker& worker);

  void paintSlab(const Task& task, const PlacedView* input, const PlacedView& out, Worker& worker) const;

  ComponentsSpec spec_;
  std::vector<Neighbour> neighbours_;
  std::map<std::int64_t, std::vector<Index>> seeds_;  // by slab
  TableSpace tables_;
  FaceJoins joins_{tables_};
  Table<Sized> candidates_{tables_};
  std::vector<Slab> slabs_;
  MemoryPtr bits_, labels_;
  std::atomic<std::int64_t> labelsUsed_{0};
  std::uint64_t greatest_ = 0;
  bool isFinished_ = false;
};

}  // namespace voxline
