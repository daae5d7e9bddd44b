// Included by kernel files after begin_kernel.h, in its namespaces.
#pragma once

#include "kernels/element.h"

// The part of an element on axes 0 to 2 as a worker uses it. Planes at +z and -z, and rows at +y and -y, are alike.
struct Layers {
  int rows = 0;    // rows 0 to rows - 1 of a layer, counted from the centre
  int planes = 0;  // planes 0 to planes - 1
  int kinds = 0;   // different layers
  int halves = 0;  // different rows
  std::int64_t longest = -1;
  const std::int32_t* kindOf = nullptr;  // per plane
  const std::int32_t* half = nullptr;    // per kind and row: its number among the different ones, or -1
  const std::int32_t* number = nullptr;  // per half row up to `longest`: its number, or -1

  std::int32_t at(int kind, int row) const { return half[kind * rows + row]; }
};

// Scratch handed out in order.
class Room {
 public:
  Room(std::byte* begin, std::size_t bytes) : at_(begin), end_(begin + bytes) {}

  // Null when there is not that much left.
  template <class T>
  T* take(std::int64_t count) {
    const std::int64_t bytes = wholeVectors(count * static_cast<std::int64_t>(sizeof(T)), 64);
    if (bytes > end_ - at_) return nullptr;
    T* const begin = reinterpret_cast<T*>(at_);
    at_ += bytes;
    return begin;
  }

  std::int64_t left() const { return end_ - at_; }

 private:
  std::byte* at_;
  std::byte* end_;
};

// Null pointers in what is returned: the element is too large for the scratch.
__attribute__((noinline)) Layers layersOf(const Element& element, Index at, Room& room) {
  Layers layers;
  const auto rows = static_cast<int>(element.radius(1)) + 1, planes = static_cast<int>(element.radius(2)) + 1;
  const std::int64_t longest = element.radius(0);
  std::int32_t* const number = room.take<std::int32_t>(longest + 1);
  std::int32_t* const kindOf = room.take<std::int32_t>(planes);
  std::int32_t* const half = room.take<std::int32_t>(std::int64_t{rows} * planes);
  if (!number || !kindOf || !half) return layers;
  for (std::int64_t h = 0; h <= longest; ++h) number[h] = -1;
  layers.rows = rows;
  for (at[2] = 0; at[2] < planes; ++at[2]) {
    std::int32_t* const made = half + layers.kinds * rows;
    bool any = false;
    for (at[1] = 0; at[1] < rows; ++at[1]) {
      const std::int64_t h = element.halfRow(at);
      layers.longest = std::max(layers.longest, h);
      any = any || h >= 0;
      if (h >= 0 && number[h] < 0) number[h] = layers.halves++;
      made[at[1]] = h < 0 ? -1 : number[h];
    }
    if (!any) break;
    int kind = 0;
    while (std::memcmp(half + kind * rows, made, sizeof(std::int32_t) * static_cast<std::size_t>(rows)) != 0)
      ++kind;
    kindOf[layers.planes++] = kind;
    layers.kinds = std::max(layers.kinds, kind + 1);
  }
  layers.kindOf = kindOf;
  layers.half = half;
  layers.number = number;
  return layers;
}
