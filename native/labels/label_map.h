#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "labels/table_space.h"

namespace voxline {

// Numbers by 64-bit keys, none of them 0: a table that keeps half of its places free. Memory belongs to whoever made it.
template <class V>
class LabelPlaces {
 public:
  LabelPlaces() = default;
  // Empty; `count` is a power of 2.
  LabelPlaces(std::byte* memory, std::size_t count) : places_(reinterpret_cast<Place*>(memory)), count_(count) {
    std::memset(memory, 0, bytesFor(count));
  }

  static std::size_t bytesFor(std::size_t count) { return count * sizeof(Place); }

  std::size_t count() const { return count_; }
  std::size_t used() const { return used_; }
  bool isFull() const { return 2 * used_ >= count_; }

  // The value of a key, or 0.
  V find(std::uint64_t key) const { return count_ == 0 ? V{0} : at(key).value; }

  // Adds to the value of a key; must not be full.
  void add(std::uint64_t key, V value) {
    Place& place = at(key);
    used_ += place.value == 0;
    place.key = key;
    place.value += value;
  }

  template <class F>
  void forEach(F&& f) const {
    for (std::size_t i = 0; i < count_; ++i)
      if (places_[i].value != 0) f(places_[i].key, places_[i].value);
  }

 private:
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

  Place* places_ = nullptr;
  std::size_t count_ = 0, used_ = 0;
};

// The same, growing.
template <class V>
class LabelMap {
 public:
  explicit LabelMap(TableSpace& space) : space_(space) {}

  // How many keys have a value.
  std::size_t size() const { return held_.used(); }
  V find(std::uint64_t key) const { return held_.find(key); }

  void add(std::uint64_t key, V value) {
    if (held_.isFull()) grow();
    held_.add(key, value);
  }

  template <class F>
  void forEach(F&& f) const {
    held_.forEach(f);
  }

  void clear() {
    held_ = LabelPlaces<V>();
    memory_ = nullptr;
  }

 private:
  static constexpr std::size_t kFirst = 1 << 9;

  void grow() {
    const std::size_t count = held_.count() == 0 ? kFirst : 2 * held_.count();
    MemoryPtr memory = space_.take(LabelPlaces<V>::bytesFor(count));
    LabelPlaces<V> more(memory->data(), count);
    held_.forEach([&](std::uint64_t key, V value) { more.add(key, value); });
    held_ = more;
    memory_ = std::move(memory);
  }

  TableSpace& space_;
  LabelPlaces<V> held_;
  MemoryPtr memory_;
};

}  // namespace voxline
