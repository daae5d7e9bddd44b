// Included by kernel files after begin_kernel.h, in its namespaces. The order of voxels: NaN above +Infinity,
// -0 below +0.
#pragma once

template <class T>
using SignedOf = std::make_signed_t<
    std::conditional_t<sizeof(T) == 1, std::int8_t,
                       std::conditional_t<sizeof(T) == 2, std::int16_t,
                                          std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>>>>;

// Bits of a float to and from an integer in the same order; its own inverse.
template <class I>
inline I flipNegative(I bits) {
  return bits < 0 ? bits ^ std::numeric_limits<I>::max() : bits;
}

template <class T>
inline SignedOf<T> floatKey(T x) {
  using I = SignedOf<T>;
  constexpr I nan = __builtin_bit_cast(I, std::numeric_limits<T>::quiet_NaN());
  return x == x ? flipNegative(__builtin_bit_cast(I, x)) : nan;
}

// The order type of T is uint8 for bytes and the signed integer of its size for the others.
template <class Key, class T>
inline Key keyOf(T x) {
  if constexpr (std::is_floating_point_v<T>) return floatKey(x);
  else if constexpr (std::is_same_v<Key, T>) return x;
  else return static_cast<Key>(x ^ std::numeric_limits<SignedOf<T>>::min());
}

template <class T, class Key>
inline T valueOf(Key key) {
  if constexpr (std::is_floating_point_v<T>) return __builtin_bit_cast(T, flipNegative(key));
  else if constexpr (std::is_same_v<Key, T>) return key;
  else return static_cast<T>(key ^ std::numeric_limits<SignedOf<T>>::min());
}
