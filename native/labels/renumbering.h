#pragma once

#include <deque>
#include <string>

#include "labels/label_map.h"
#include "labels/label_state.h"

namespace voxline {

struct RenumberingSpec {
  bool isBySize = true;              // else by label
  std::uint64_t minimumSize = 0;     // smaller ones become 0
  std::int64_t tableBytes = 0;       // most that the labels may take in memory
  std::string folder;                // for files that hold more of them
};

// New numbers 1, 2, … for the labels of a volume; NaN counts as 0, which stays 0.
class Renumbering final : public LabelState {
 public:
  explicit Renumbering(RenumberingSpec spec);

  void add(const PlacedView& part, int threads, const std::atomic<bool>& stop) override;
  std::uint64_t finish(int threads, const std::atomic<bool>& stop) override;
  void paint(const PlacedView* input, const PlacedView& out, int threads, const std::atomic<bool>& stop) const override;
  std::int64_t bytes() const override { return static_cast<std::int64_t>(tables_.used()); }

 private:
  RenumberingSpec spec_;
  TableSpace tables_;
  std::deque<LabelMap<std::uint64_t>> counts_;  // of a worker each
  LabelMap<std::uint32_t> numbers_{tables_};
};

}  // namespace voxline
