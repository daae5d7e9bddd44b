#pragma once

#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"

namespace voxline::test {

struct Case {
  const char* name;
  void (*run)();
};

inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

struct AddCase {
  AddCase(const char* name, void (*run)()) { cases().push_back({name, run}); }
};

struct Failure {
  std::string text;
};

inline void fail(const char* file, int line, const std::string& what) {
  std::ostringstream text;
  text << file << ':' << line << ": " << what;
  throw Failure{text.str()};
}

template <class A, class B>
void checkEqual(const A& a, const B& b, const char* text, const char* file, int line) {
  if (a == b) return;
  std::ostringstream what;
  what << text << ": " << a << " is not " << b;
  fail(file, line, what.str());
}

}  // namespace voxline::test

// TEST(name_as_a_sentence) { … }
#define TEST(name)                                                         \
  static void test_##name();                                               \
  static const voxline::test::AddCase add_##name{#name, &test_##name};     \
  static void test_##name()
#define CHECK(condition) \
  do { if (!(condition)) voxline::test::fail(__FILE__, __LINE__, #condition); } while (false)
#define CHECK_EQUAL(a, b) voxline::test::checkEqual((a), (b), #a " == " #b, __FILE__, __LINE__)
#define CHECK_THROWS(expected, ...)                                                                   \
  do {                                                                                                      \
    bool thrown = false;                                                                                    \
    try { __VA_ARGS__; } catch (const voxline::Error& error) { thrown = error.code() == (expected); }         \
    if (!thrown) voxline::test::fail(__FILE__, __LINE__, #__VA_ARGS__ " should throw " #expected);            \
  } while (false)
