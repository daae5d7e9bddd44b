// Included by kernel files after begin_kernel.h, in its namespaces.
//
// What is known of every label: a hash table in a block of memory of any size, its records in the order of their first appearance.
#pragma once

#include "kernels/exact_sum.h"

// Axes are the volume's own.
struct LabelPlace {
  Index first{};
  Index last{};
  std::array<std::uint64_t, kMaxRank> sum{};  // of indices

  void add(int axis, std::int64_t from, std::int64_t to, std::uint64_t indices, bool isNew) {
    const auto a = static_cast<std::size_t>(axis);
    first[a] = isNew || from < first[a] ? from : first[a];
    last[a] = isNew || to > last[a] ? to : last[a];
    sum[a] += indices;
  }
};

struct LabelCounts {
  std::int32_t label = 0;
  std::uint64_t count = 0;  // all voxels
  std::uint64_t nan = 0;
  std::uint64_t below = 0, above = 0;                             // infinities
  std::int64_t least = std::numeric_limits<std::int64_t>::max();  // in the order of keys
  std::int64_t most = std::numeric_limits<std::int64_t>::min();
  LabelPlace place;

  void merge(const LabelCounts& other, int rank) {
    for (int a = 0; a < rank; ++a) {
      const auto axis = static_cast<std::size_t>(a);
      place.add(a, other.place.first[axis], other.place.last[axis], other.place.sum[axis], count == 0);
    }
    count += other.count;
    nan += other.nan;
    below += other.below;
    above += other.above;
    least = other.least < least ? other.least : least;
    most = other.most > most ? other.most : most;
  }
};

// Of integers: both sums are exact, in words of 64 bits from the lowest up, in two's complement.
struct IntegerRecord : LabelCounts {
  std::uint64_t sum[2] = {};
  std::uint64_t squares[3] = {};

  void addSum(unsigned __int128 value) { addWords(sum, 2, value, false); }
  void addSquares(unsigned __int128 value, std::uint64_t high) {
    addWords(squares, 3, value, false);
    squares[2] += high;
  }

  void merge(const IntegerRecord& other, int rank) {
    LabelCounts::merge(other, rank);
    addSum(static_cast<unsigned __int128>(other.sum[1]) << 64 | other.sum[0]);
    addSquares(static_cast<unsigned __int128>(other.squares[1]) << 64 | other.squares[0], other.squares[2]);
  }

 private:
  static void addWords(std::uint64_t* words, int count, unsigned __int128 value, bool carry) {
    for (int i = 0; i < count; ++i, value >>= 64) {
      const unsigned __int128 total =
          static_cast<unsigned __int128>(words[i]) + static_cast<std::uint64_t>(value) + carry;
      words[i] = static_cast<std::uint64_t>(total);
      carry = static_cast<bool>(total >> 64);
    }
  }
};

// Of floats: finite voxels only.
struct FloatRecord : LabelCounts {
  ExactSum sum, squares;

  void merge(const FloatRecord& other, int rank) {
    LabelCounts::merge(other, rank);
    sum.add(other.sum);
    squares.add(other.squares);
  }
};

// The head of a table; `slots` numbers (record + 1, 0 empty) and `capacity` records follow it.
struct alignas(16) LabelTable {
  std::uint32_t slots;  // a power of two
  std::uint32_t capacity;
  std::uint32_t count;
  std::uint32_t recordBytes;
  std::int32_t rank;

  void start(std::size_t bytes, std::size_t record, int axes) {
    const std::size_t room = bytes - sizeof *this;
    recordBytes = static_cast<std::uint32_t>(record);
    rank = axes;
    count = 0;
    slots = 16;
    while (slots < (1u << 30) && (record + sizeof(std::uint32_t)) * slots < room) slots *= 2;
    const std::size_t left = (room - slots * sizeof(std::uint32_t)) / record;
    capacity = static_cast<std::uint32_t>(left < slots / 4 * 3 ? left : slots / 4 * 3);
    std::memset(numbers(), 0, slots * sizeof(std::uint32_t));
  }

  template <class R>
  R& record(std::uint32_t number) {
    return *reinterpret_cast<R*>(records() + std::size_t{number} * recordBytes);
  }
  template <class R>
  const R& record(std::uint32_t number) const {
    return const_cast<LabelTable*>(this)->record<R>(number);
  }

  // A label's record, made where there is none; null when the table is full.
  template <class R>
  R* find(std::int32_t label) {
    std::uint32_t slot = (static_cast<std::uint32_t>(label) * 0x9e3779b1u) >> 7;
    for (;; ++slot) {
      slot &= slots - 1;
      std::uint32_t& number = numbers()[slot];
      if (number == 0) {
        if (count == capacity) return nullptr;
        number = ++count;
        R& made = record<R>(count - 1);
        const R empty{};
        std::memcpy(static_cast<void*>(&made), &empty, sizeof empty);
        made.label = label;
        return &made;
      }
      R& found = record<R>(number - 1);
      if (found.label == label) return &found;
    }
  }

  template <class R>
  bool merge(const LabelTable& other) {
    if (std::uint64_t{count} + other.count > capacity) return false;
    for (std::uint32_t i = 0; i < other.count; ++i) {
      const R& more = other.record<R>(i);
      find<R>(more.label)->merge(more, rank);
    }
    return true;
  }

 private:
  std::uint32_t* numbers() { return reinterpret_cast<std::uint32_t*>(this + 1); }
  std::byte* records() { return reinterpret_cast<std::byte*>(numbers() + slots); }
};
