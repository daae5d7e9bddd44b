#pragma once

#include <exception>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace voxline {

// The codes of VoxlineError in TypeScript; `Aborted` never leaves the binding, which rejects with the signal's reason.
enum class Code { InvalidArgument, ShapeMismatch, OutOfBounds, Unsupported, Format, Io, Memory, Filter, Disposed, Internal, Aborted };

class Error : public std::exception {
 public:
  using Value = std::variant<double, std::string>;
  using Details = std::vector<std::pair<std::string, Value>>;

  Error(Code code, std::string message, Details details = {})
      : code_(code), message_(std::move(message)), details_(std::move(details)) {}

  const char* what() const noexcept override { return message_.c_str(); }
  Code code() const { return code_; }
  const Details& details() const { return details_; }

 private:
  Code code_;
  std::string message_;
  Details details_;
};

inline Error invalidArgument(std::string message) { return {Code::InvalidArgument, std::move(message)}; }
inline Error internalError(std::string message) { return {Code::Internal, std::move(message)}; }

}  // namespace voxline
