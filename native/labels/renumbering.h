#pragma once

#include <unordered_map>
#include <vector>

#include "labels/label_state.h"

namespace voxline {

// Something per label: in a table for small whole numbers, in a map for the others, whose keys order as the labels do.
template <class V>
struct PerLabel {
  std::vector<V> small;
  std::unordered_map<std::uint64_t, V> others;

  std::int64_t bytes() const {
    return static_cast<std::int64_t>(small.capacity() * sizeof(V) + others.size() * (sizeof(V) + 4 * sizeof(void*)));
  }
};

struct RenumberingSpec {
  bool isBySize = true;              // else by label
  std::uint64_t minimumSize = 0;     // smaller ones become 0
  std::int64_t tableBytes = 0;       // most that the labels may take
};

// New numbers 1, 2, … for the labels of a volume; NaN counts as 0, which stays 0.
class Renumbering final : public LabelState {
 public:
  explicit Renumbering(const RenumberingSpec& spec) : spec_(spec) {}

  void add(const PlacedView& part, int threads, const std::atomic<bool>& stop) override;
  std::uint64_t finish(int threads, const std::atomic<bool>& stop) override;
  void paint(const PlacedView* input, const PlacedView& out, int threads, const std::atomic<bool>& stop) const override;
  std::int64_t bytes() const override { return counts_.bytes() + numbers_.bytes(); }

 private:
  RenumberingSpec spec_;
  DType dtype_ = DType::UInt8;
  PerLabel<std::uint64_t> counts_;
  PerLabel<std::uint32_t> numbers_;
};

}  // namespace voxline
