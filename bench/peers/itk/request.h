#pragma once

#include <array>
#include <map>
#include <stdexcept>
#include <string>

/// What the command line asks for.
struct Request {
  std::string operation, dtype, input;
  std::array<unsigned, 3> shape{};
  unsigned threads = 1;
  /// Parameters of the operation.
  std::map<std::string, double> numbers;

  double number(const std::string& name) const {
    const auto found = numbers.find(name);
    if (found == numbers.end()) throw std::invalid_argument("--" + name + " is missing");
    return found->second;
  }
};

inline std::array<unsigned, 3> readShape(const std::string& text) {
  std::array<unsigned, 3> shape{};
  std::size_t at = 0;
  for (unsigned& length : shape) {
    std::size_t used = 0;
    length = std::stoul(text.substr(at), &used);
    at += used + 1;
  }
  return shape;
}

inline Request readRequest(int count, char** words) {
  Request request;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = std::string(words[i]).substr(2), value = words[i + 1];
    if (name == "op") request.operation = value;
    else if (name == "dtype") request.dtype = value;
    else if (name == "input") request.input = value;
    else if (name == "shape") request.shape = readShape(value);
    else if (name == "threads") request.threads = std::stoul(value);
    else request.numbers[name] = std::stod(value);
  }
  return request;
}
