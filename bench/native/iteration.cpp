// Ways to visit voxels, each adding 1 to all of them in place: iteration NX NY NZ MILLISECONDS. Prints a JSON line per dtype,
// view and way: the median of the processor's time per pass, in nanoseconds. All views and ways of a dtype take turns on the same memory,
// each after passes of its own that are not counted: all find the caches as they left them.

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "volume/lines.h"

namespace {

using namespace voxline;

// A pointer and an index per axis, carried after every voxel: what an iterator over any strides does.
template <class T>
class NaiveIterator {
 public:
  explicit NaiveIterator(const View& view) : view_(view), at_(view.data) {}

  T& operator*() const { return *reinterpret_cast<T*>(at_); }
  bool isAtEnd() const { return isAtEnd_; }

  void operator++() {
    for (int a = 0; a < view_.rank; ++a) {
      at_ += view_.strides[a];
      if (++index_[a] < view_.shape[a]) return;
      at_ -= view_.strides[a] * view_.shape[a];
      index_[a] = 0;
    }
    isAtEnd_ = true;
  }

 private:
  const View& view_;
  std::byte* at_;
  Index index_{};
  bool isAtEnd_ = false;
};

template <class T>
void addOne(T* at, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) at[k] = static_cast<T>(at[k] + 1);
}

template <class T>
void byIterator(const View& view) {
  for (NaiveIterator<T> at(view); !at.isAtEnd(); ++at) *at = static_cast<T>(*at + 1);
}

template <class T>
void byLines(const View& view) {
  forEachLine(view, [](std::byte* first, std::int64_t count, std::int64_t stride) {
    if (stride == sizeof(T)) return addOne(reinterpret_cast<T*>(first), count);
    for (std::int64_t k = 0; k < count; ++k, first += stride)
      *reinterpret_cast<T*>(first) = static_cast<T>(*reinterpret_cast<T*>(first) + 1);
  });
}

// What somebody writes who knows how the memory lies: rows of x.
template <class T>
struct Rows {
  T* first;
  std::int64_t length, rows, slices, toRow, toSlice;

  void operator()() const {
    if (toRow == length && toSlice == length * rows) return addOne(first, length * rows * slices);
    for (std::int64_t z = 0; z < slices; ++z)
      for (std::int64_t y = 0; y < rows; ++y) addOne(first + z * toSlice + y * toRow, length);
  }
};

double processorNanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

struct Way {
  const char* view;
  const char* name;
  std::int64_t voxels;
  std::function<void()> run;
  std::vector<double> times{};
};

void measure(const char* dtype, double budget, std::vector<Way> ways) {
  double spent = 0;
  for (int round = 0; round < 3 || (spent < budget && round < 200); ++round)
    for (Way& way : ways) {
      const double first = processorNanoseconds();
      for (int k = 0; k < 4; ++k) way.run();
      const double begin = processorNanoseconds();
      way.run();
      const double end = processorNanoseconds();
      way.times.push_back(end - begin);
      spent += end - first;
    }
  for (Way& way : ways) {
    std::sort(way.times.begin(), way.times.end());
    std::printf("{\"dtype\":\"%s\",\"view\":\"%s\",\"way\":\"%s\",\"voxels\":%lld,\"nanoseconds\":%.0f}\n", dtype, way.view,
                way.name, static_cast<long long>(way.voxels), way.times[way.times.size() / 2]);
  }
}

template <class T>
void measureType(const char* name, DType dtype, const Index& shape, double budget) {
  const std::int64_t size = sizeof(T), nx = shape[0], ny = shape[1], nz = shape[2];
  const MemoryPtr memory = allocate(static_cast<std::size_t>(nx * ny * nz * size), Fill::Zero);
  T* const data = reinterpret_cast<T*>(memory->data());
  addOne(data, nx * ny * nz);
  const View dense{memory, memory->data(), dtype, 3, shape, {size, nx * size, nx * ny * size}};
  View half = part(dense, {3, {nx / 4, ny / 4, nz / 4}, {nx / 2, ny / 2, nz / 2}});
  View flipped = dense;
  flipped.data = memory->data() + (nx * ny * nz - 1) * size;
  flipped.shape = {ny, nz, nx};
  flipped.strides = {-nx * size, -nx * ny * size, -size};
  const Rows<T> all{data, nx, ny, nz, nx, nx * ny};
  const Rows<T> inner{reinterpret_cast<T*>(half.data), nx / 2, ny / 2, nz / 2, nx, nx * ny};
  std::vector<Way> ways;
  const auto add = [&](const char* what, const View& view, const Rows<T>& rows) {
    const std::int64_t voxels = view.region().size();
    ways.push_back({what, "pointers", voxels, rows});
    ways.push_back({what, "lines", voxels, [&] { byLines<T>(view); }});
    ways.push_back({what, "iterator", voxels, [&] { byIterator<T>(view); }});
  };
  add("dense", dense, all);
  add("half-size view", half, inner);
  add("flipped to ASR", flipped, all);
  measure(name, 9 * budget, std::move(ways));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fputs("iteration NX NY NZ MILLISECONDS\n", stderr), 2;
  Index shape{};
  for (int a = 0; a < 3; ++a) shape[a] = std::max(2L, std::atol(argv[a + 1]));
  const double budget = std::atof(argv[4]) * 1e6;
  measureType<std::uint8_t>("uint8", DType::UInt8, shape, budget);
  measureType<std::int16_t>("int16", DType::Int16, shape, budget);
  measureType<float>("float32", DType::Float32, shape, budget);
  return 0;
}
