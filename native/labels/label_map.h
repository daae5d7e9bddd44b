#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "labels/table_space.h"

namespace voxline {

// Numbers by 64-bit keys, none of the numbers 0. At least half of the places stay free.
template <class V>
class LabelMap {
 public:
  explicit LabelMap(TableSpace& space) : space_(&space) {}

  // How many keys have a number.
  std::size_t size() const { return used_; }

  // The number of a key, or 0.
  V find(std::uint64_t key) const { return count_ == 0 ? V{0} : at(key).value; }

  // Adds to the number of a key.
  void add(std::uint64_t key, V value) {
    if (2 * used_ >= count_) grow();
    Place& place = at(key);
    used_ += place.value == 0;
    place.key = key;
    place.value += value;
  }

  // f(key, number), in no order.
  template <class F>
  void forEach(F&& f) const {
    for (std::size_t i = 0; i < count_; ++i)
      if (places_[i].value != 0) f(places_[i].key, places_[i].value);
  }

 private:
  static constexpr std::size_t kFirst = 1 << 9;

  struct Place {
    std::uint64_t key;
    V value;
  };

  // Where a key is, or the free place for it.
  Place& at(std::uint64_t key) const {
    const std::uint64_t mixed = key * 0x9e3779b97f4a7c15;
    std::size_t i = static_cast<std::size_t>(mixed ^ mixed >> 32) & (count_ - 1);
    while (places_[i].key != key && places_[i].value != 0) i = (i + 1) & (count_ - 1);
    return places_[i];
  }

  void grow() {
    LabelMap more(*space_);
    more.count_ = count_ == 0 ? kFirst : 2 * count_;
    more.memory_ = space_->take(more.count_ * sizeof(Place));
    more.places_ = reinterpret_cast<Place*>(more.memory_->data());
    std::memset(more.memory_->data(), 0, more.count_ * sizeof(Place));
    forEach([&](std::uint64_t key, V value) { more.add(key, value); });
    *this = std::move(more);
  }

  TableSpace* space_;
  MemoryPtr memory_;
  Place* places_ = nullptr;
  std::size_t count_ = 0, used_ = 0;  // count_: a power of 2
};

}  // namespace voxline
