#pragma once

#include <cstdint>

namespace voxline {

// An element wherever it lies: at any address, and whatever type it is elsewhere.
template <class T>
struct [[gnu::packed, gnu::may_alias]] Loose {
  T value;
};

template <class T>
Loose<T>* loose(void* at) {
  return static_cast<Loose<T>*>(at);
}
template <class T>
const Loose<T>* loose(const void* at) {
  return static_cast<const Loose<T>*>(at);
}

// By value throughout: a store to a Loose may change anything in memory, so loops keep what they need in
// registers.
template <class T>
void fillRun(Loose<T>* to, std::int64_t count, T value) {
  for (std::int64_t k = 0; k < count; ++k) to[k].value = value;
}

}  // namespace voxline
