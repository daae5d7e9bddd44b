#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace voxline {

// The order is part of the plan encoding and of ts/core/dtype.ts.
enum class DType : std::uint8_t { UInt8, Int8, UInt16, Int16, UInt32, Int32, UInt64, Int64, Float32, Float64 };

inline constexpr int kDTypes = 10;

template <class T>
struct Type {
  using type = T;
};

// Calls f(Type<T>{}) with the element type of dtype.
template <class F>
constexpr decltype(auto) visit(DType dtype, F&& f) {
  switch (dtype) {
    case DType::UInt8: return f(Type<std::uint8_t>{});
    case DType::Int8: return f(Type<std::int8_t>{});
    case DType::UInt16: return f(Type<std::uint16_t>{});
    case DType::Int16: return f(Type<std::int16_t>{});
    case DType::UInt32: return f(Type<std::uint32_t>{});
    case DType::Int32: return f(Type<std::int32_t>{});
    case DType::UInt64: return f(Type<std::uint64_t>{});
    case DType::Int64: return f(Type<std::int64_t>{});
    case DType::Float32: return f(Type<float>{});
    default: return f(Type<double>{});
  }
}

template <class T>
inline constexpr DType dtypeOf = DType::UInt8;
template <>
inline constexpr DType dtypeOf<std::int8_t> = DType::Int8;
template <>
inline constexpr DType dtypeOf<std::uint16_t> = DType::UInt16;
template <>
inline constexpr DType dtypeOf<std::int16_t> = DType::Int16;
template <>
inline constexpr DType dtypeOf<std::uint32_t> = DType::UInt32;
template <>
inline constexpr DType dtypeOf<std::int32_t> = DType::Int32;
template <>
inline constexpr DType dtypeOf<std::uint64_t> = DType::UInt64;
template <>
inline constexpr DType dtypeOf<std::int64_t> = DType::Int64;
template <>
inline constexpr DType dtypeOf<float> = DType::Float32;
template <>
inline constexpr DType dtypeOf<double> = DType::Float64;

constexpr std::size_t sizeOf(DType dtype) {
  return visit(dtype, [](auto type) { return sizeof(typename decltype(type)::type); });
}

constexpr std::string_view nameOf(DType dtype) {
  constexpr std::string_view names[kDTypes] = {"uint8",  "int8",   "uint16", "int16",   "uint32",
                                               "int32",  "uint64", "int64",  "float32", "float64"};
  return names[static_cast<int>(dtype)];
}

}  // namespace voxline
