#pragma once

#include <napi.h>

#include <cstdint>

namespace voxline {

// The integer a value holds, exactly; throws Error{InvalidArgument} that names it.
std::int64_t integerFrom(const Napi::Value& value, const char* name);

}  // namespace voxline
