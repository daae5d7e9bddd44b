// Included by kernel files after begin_kernel.h, in its namespaces.
#pragma once

template <class... A, class... B>
constexpr Types<A..., B...> operator+(Types<A...>, Types<B...>) {
  return {};
}

template <template <class> class Each>
using OverAll = decltype(Each<std::uint8_t>{} + Each<std::int8_t>{} + Each<std::uint16_t>{} +
                         Each<std::int16_t>{} + Each<std::uint32_t>{} + Each<std::int32_t>{} +
                         Each<std::uint64_t>{} + Each<std::int64_t>{} + Each<float>{} + Each<double>{});

template <class T>
using Itself = Types<Same<T>>;
using AllTypes = OverAll<Itself>;

template <class T>
using ToAll = Types<Pair<T, std::uint8_t>, Pair<T, std::int8_t>, Pair<T, std::uint16_t>,
                    Pair<T, std::int16_t>, Pair<T, std::uint32_t>, Pair<T, std::int32_t>,
                    Pair<T, std::uint64_t>, Pair<T, std::int64_t>, Pair<T, float>, Pair<T, double>>;
using AllPairs = OverAll<ToAll>;

// Every type into its real one, as realOf in ts/core/dtype.ts.
using IntoReal = Types<Pair<std::uint8_t, float>, Pair<std::int8_t, float>, Pair<std::uint16_t, float>, Pair<std::int16_t, float>,
                       Same<float>, Pair<std::uint32_t, double>, Pair<std::int32_t, double>, Pair<std::uint64_t, double>,
                       Pair<std::int64_t, double>, Same<double>>;

template <class T>
using ToFloats = Types<Pair<T, float>, Pair<T, double>>;
