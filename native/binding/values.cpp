#include "binding/values.h"

#include <cmath>
#include <string>

#include "base/error.h"

namespace voxline {

std::int64_t integerFrom(const Napi::Value& value, const char* name) {
  constexpr double most = 9007199254740991.0;
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  if (!(std::abs(number) <= most) || number != std::floor(number))
    throw invalidArgument(std::string(name) + " must be an integer");
  return static_cast<std::int64_t>(number);
}

}  // namespace voxline
