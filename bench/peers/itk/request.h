#pragma once

#include <array>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>

/// What the command line asks for.
struct Request {
  std::string operation, dtype, input, output;
  std::array<unsigned, 3> shape{};
  std::array<double, 3> spacing{1, 1, 1};
  unsigned radius = 1, threads = 1, repeats = 0;
  double below = 1, sigma = 2;
};

template <class T>
std::array<T, 3> threeNumbers(const std::string& text, const std::string& name) {
  std::array<T, 3> values{};
  std::size_t at = 0;
  for (int axis = 0; axis < 3; ++axis) {
    std::size_t used = 0;
    values[axis] = static_cast<T>(std::stod(text.substr(at), &used));
    at += used;
    if (axis < 2 && text[at++] != ',')
      throw std::invalid_argument(name + ": expected three numbers, received " + text);
  }
  return values;
}

inline Request readRequest(int count, char** words) {
  std::map<std::string, std::string> given;
  for (int i = 1; i + 1 < count; i += 2) given[words[i]] = words[i + 1];
  const auto take = [&](const std::string& name, const std::string& usual) {
    const auto found = given.find(name);
    if (found == given.end()) return usual;
    std::string value = found->second;
    given.erase(found);
    return value;
  };
  Request r;
  r.operation = take("--op", "");
  r.dtype = take("--dtype", "int16");
  r.input = take("--input", "");
  r.output = take("--output", "");
  r.shape = threeNumbers<unsigned>(take("--shape", ""), "--shape");
  r.spacing = threeNumbers<double>(take("--spacing", "1,1,1"), "--spacing");
  r.radius = std::stoul(take("--radius", "1"));
  r.threads = std::stoul(take("--threads", "1"));
  r.repeats = std::stoul(take("--repeats", "0"));
  r.below = std::stod(take("--below", "1"));
  r.sigma = std::stod(take("--sigma", "2"));
  if (!given.empty()) throw std::invalid_argument("unknown option " + given.begin()->first);
  return r;
}
