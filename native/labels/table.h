#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "labels/table_space.h"

namespace voxline {

// Elements that become more at the end and never move: blocks of memory, each twice as long as the one before.
template <class T>
class Table {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit Table(TableSpace& space) : space_(space) {}

  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return *at(i); }
  const T& operator[](std::size_t i) const { return *at(i); }

  void push(const T& element) {
    const std::size_t block = blockOf(size_);
    if (!blocks_[block]) blocks_[block] = space_.take((kFirst << block) * sizeof(T));
    *at(size_++) = element;
  }

  void clear() {
    blocks_ = {};
    size_ = 0;
  }

 private:
  static constexpr std::size_t kFirst = 1 << 10;

  static std::size_t blockOf(std::size_t i) { return static_cast<std::size_t>(std::bit_width(i / kFirst + 1)) - 1; }
  T* at(std::size_t i) const {
    const std::size_t block = blockOf(i);
    return reinterpret_cast<T*>(blocks_[block]->data()) + (i + kFirst - (kFirst << block));
  }

  TableSpace& space_;
  std::array<MemoryPtr, 32> blocks_;
  std::size_t size_ = 0;
};

}  // namespace voxline
