#pragma once

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "base/dtype.h"
#include "kernel/kernel.h"
#include "kernel/registry.h"
#include "support/check.h"

namespace voxline::test {

inline constexpr std::int64_t kGap = 8;  // guard elements between rows

// Guards that would show in any result: no kernel's output has these bits by chance often.
template <class T>
T guardOf() {
  T guard;
  std::memset(&guard, 0xa5, sizeof guard);
  return guard;
}

// A box of voxels laid out as the executor does: a halo, slack behind each row, and guard values everywhere else.
// An input has nothing before its first voxel or behind its last row's slack, so that sanitizers see every stray read.
enum class Use { Input, Output };

template <class T>
class Padded {
 public:
  Padded(Use use, int rank, const Index& shape, const Halo& halo)
      : rank_(rank), shape_(shape), halo_(halo), guard_(guardOf<T>()) {
    std::int64_t length = halo.low[0] + shape[0] + halo.high[0] + kRowSlack + kGap;
    std::int64_t first = halo.low[0];
    stride_[0] = 1;
    for (int a = 1; a < rank; ++a) {
      stride_[a] = length;
      first += halo.low[a] * length;
      length *= halo.low[a] + shape[a] + halo.high[a] + 1;
    }
    first_ = use == Use::Output ? first + kGap : first;
    Index last{};
    for (int a = 0; a < rank; ++a) last[a] = shape[a] + halo.high[a] - 1;
    const std::int64_t size = use == Use::Output ? length + 2 * kGap : offset(last) + 1 + kRowSlack;
    storage_.assign(static_cast<std::size_t>(size), guard_);
  }

  T& at(const Index& index) { return storage_[static_cast<std::size_t>(offset(index))]; }
  const T& at(const Index& index) const { return storage_[static_cast<std::size_t>(offset(index))]; }

  Block block() const {
    Block block;
    block.data = const_cast<T*>(storage_.data()) + first_;
    block.stride = stride_;
    return block;
  }

  // f(index) for every voxel, with the halo or without.
  template <class F>
  void each(bool withHalo, F f) const {
    Index low{}, high = shape_;
    for (int a = 0; withHalo && a < rank_; ++a) low[a] = -halo_.low[a], high[a] = shape_[a] + halo_.high[a];
    Index at = low;
    for (;;) {
      f(static_cast<const Index&>(at));
      int a = 0;
      for (; a < rank_; ++a) {
        if (++at[a] < high[a]) break;
        at[a] = low[a];
      }
      if (a == rank_) return;
    }
  }

  // Nothing but the box and the slack behind its rows has changed; `slack` false when that must be untouched
  // as well.
  bool guarded(bool slack) const {
    std::vector<bool> allowed(storage_.size(), false);
    each(false, [&](const Index& index) {
      const std::int64_t count = index[0] == shape_[0] - 1 && slack ? 1 + kRowSlack : 1;
      for (std::int64_t k = 0; k < count; ++k) allowed[static_cast<std::size_t>(offset(index) + k)] = true;
    });
    for (std::size_t i = 0; i < storage_.size(); ++i)
      if (!allowed[i] && std::memcmp(&storage_[i], &guard_, sizeof(T)) != 0) return false;
    return true;
  }

 private:
  std::int64_t offset(const Index& index) const {
    std::int64_t offset = first_;
    for (int a = 0; a < rank_; ++a) offset += index[a] * stride_[a];
    return offset;
  }

  int rank_;
  Index shape_;
  Halo halo_;
  T guard_;
  Index stride_{};
  std::int64_t first_ = 0;
  std::vector<T> storage_;
};

// Everything of one call but the voxels.
struct Setup {
  std::string_view kernel;
  std::vector<double> numbers;
  int rank = 3;
  Index shape{19, 7, 5};
  int axis = -1;
  Index origin{};
  Index axes{0, 1, 2, 3, 4, 5, 6, 7, 8};
};

struct Prepared {
  const KernelInfo* info;
  ParamBlock params;
  Halo halo;
};

inline Prepared prepare(const Setup& setup) {
  Prepared ready;
  ready.info = findKernel(setup.kernel);
  if (!ready.info) fail(__FILE__, __LINE__, "no kernel " + std::string(setup.kernel));
  CHECK(ready.info->decode(setup.numbers.data(), setup.numbers.size(), ready.params));
  CHECK_EQUAL(ready.info->check(ready.params, setup.rank), "");
  ready.halo = ready.info->halo(ready.params, setup.rank, setup.axis);
  return ready;
}

inline std::byte* scratch() {
  static const std::unique_ptr<std::byte, decltype(&std::free)> bytes{
      static_cast<std::byte*>(std::aligned_alloc(64, kLocalBytes + 64)), &std::free};
  return bytes.get();
}

template <class In>
Call callOf(const Setup& setup, const Padded<In>& in) {
  Call call;
  call.rank = setup.rank;
  call.shape = setup.shape;
  call.origin = setup.origin;
  for (int a = 0; a < setup.rank; ++a) call.extent[a] = setup.origin[a] + setup.shape[a];
  call.axes = setup.axes;
  call.axis = setup.axis;
  call.inputs = 1;
  call.in[0] = in.block();
  call.local = scratch();
  return call;
}

// A box with its halo filled by fill(index).
template <class In, class F>
Padded<In> inputFor(const Setup& setup, F fill) {
  Padded<In> in(Use::Input, setup.rank, setup.shape, prepare(setup).halo);
  in.each(true, [&](const Index& index) { in.at(index) = fill(index); });
  return in;
}

template <class In, class Out>
Padded<Out> runAt(Level level, const Setup& setup, const Padded<In>& in) {
  const Prepared ready = prepare(setup);
  const RunKernel run = findRun(*ready.info, level, dtypeOf<In>, dtypeOf<Out>);
  if (!run) fail(__FILE__, __LINE__, std::string(setup.kernel) + " is not built for these types");
  Padded<Out> out(Use::Output, setup.rank, setup.shape, Halo{});
  Call call = callOf(setup, in);
  call.out = out.block();
  std::memset(scratch(), 0x5a, kLocalBytes + 64);
  run(ready.params, call);
  CHECK(out.guarded(ready.info->shape != KernelShape::Point));
  for (std::size_t i = kLocalBytes; i < kLocalBytes + 64; ++i) CHECK(scratch()[i] == std::byte{0x5a});
  return out;
}

template <class T>
bool sameBits(T a, T b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

template <class T>
std::string textOf(T value) {
  std::ostringstream text;
  text.precision(20);
  text << +value;
  return text.str();
}

// Every level gives the bits of wanted(index); NaN of any bits where `anyNaN`.
template <class In, class Out, class F>
void checkLevels(const Setup& setup, const Padded<In>& in, F wanted, bool anyNaN = false) {
  for (const Level level : usableLevels()) {
    const Padded<Out> out = runAt<In, Out>(level, setup, in);
    out.each(false, [&](const Index& index) {
      const Out got = out.at(index), want = wanted(index);
      if (sameBits(got, want) || (anyNaN && got != got && want != want)) return;
      std::string place;
      for (int a = 0; a < setup.rank; ++a) place += (a ? ", " : "") + std::to_string(index[a]);
      fail(__FILE__, __LINE__,
           std::string(setup.kernel) + " at " + std::string(nameOf(level)) + ", " +
               std::string(nameOf(dtypeOf<In>)) + " to " + std::string(nameOf(dtypeOf<Out>)) + ", voxel (" +
               place + "): " + textOf(got) + " is not " + textOf(want));
    });
  }
}

// A reduction's state; what is full goes into `total`, which grows.
struct HeldState : ReduceState {
  HeldState(const Prepared& prepared, int r, std::size_t size, HeldState* whole = nullptr)
      : ready(prepared), rank(r), bytes(size), total(whole), memory(size / sizeof(std::max_align_t) + 1) {
    data = memory.data();
    empty = [](ReduceState& state) {
      auto& full = static_cast<HeldState&>(state);
      full.total->add(full);
      full.restart();
    };
    restart();
  }

  void restart() { ready.info->startState(ready.params, rank, data, bytes); }

  void add(const HeldState& other) {
    while (!ready.info->mergeState(ready.params, data, other.data)) {
      const auto before = std::move(memory);
      bytes *= 2;
      memory.assign(bytes / sizeof(std::max_align_t) + 1, {});
      data = memory.data();
      restart();
      CHECK(ready.info->mergeState(ready.params, data, before.data()));
    }
  }

  const Prepared& ready;
  int rank;
  std::size_t bytes;
  HeldState* total;
  std::vector<std::max_align_t> memory;
};

// Runs a reduce kernel over boxes with one state each, merged in the order given; `further` is its second input.
template <class In>
std::vector<double> reduceAt(Level level, const Setup& setup, const Padded<In>& in, const std::vector<Region>& pieces,
                             const Block& further = {}, std::size_t furtherBytes = 0) {
  const Prepared ready = prepare(setup);
  const RunKernel run = findRun(*ready.info, level, dtypeOf<In>, dtypeOf<In>);
  if (!run) fail(__FILE__, __LINE__, std::string(setup.kernel) + " is not built for this type");
  const std::size_t bytes = ready.info->stateBytes(ready.params, setup.rank);
  HeldState total(ready, setup.rank, bytes);
  for (const Region& piece : pieces) {
    HeldState state(ready, setup.rank, bytes, &total);
    Call call = callOf(setup, in);
    call.shape = piece.shape;
    call.state = &state;
    if (further.data) {
      call.inputs = 2;
      call.in[1] = further;
    }
    for (int a = 0; a < setup.rank; ++a) {
      call.origin[a] += piece.start[a];
      call.in[0].data = static_cast<In*>(call.in[0].data) + piece.start[a] * call.in[0].stride[a];
      if (further.data)
        call.in[1].data = static_cast<std::byte*>(call.in[1].data) +
                          piece.start[a] * call.in[1].stride[a] * static_cast<std::ptrdiff_t>(furtherBytes);
    }
    run(ready.params, call);
    total.add(state);
  }
  std::vector<double> values;
  ready.info->result(ready.params, total.data,
                     {&values, [](void* list, double value) { static_cast<std::vector<double>*>(list)->push_back(value); }});
  return values;
}

inline Region wholeOf(const Setup& setup) { return Region{setup.rank, {}, setup.shape}; }

// Cuts at multiples of `width` of the absolute index along axis 0 and between all rows along axis 1.
inline std::vector<Region> piecesOf(const Setup& setup, std::int64_t width) {
  std::vector<Region> pieces;
  const std::int64_t rows = setup.rank > 1 ? setup.shape[1] : 1;
  for (std::int64_t y = 0; y < rows; ++y)
    for (std::int64_t x = 0; x < setup.shape[0];) {
      Region piece = wholeOf(setup);
      const std::int64_t end = (setup.origin[0] + x) / width * width + width - setup.origin[0];
      piece.setAxis(0, {x, std::min(end, setup.shape[0])});
      if (setup.rank > 1) piece.setAxis(1, {y, y + 1});
      pieces.push_back(piece);
      x = piece.axis(0).end;
    }
  return pieces;
}

inline std::mt19937_64& randomBits() {
  static std::mt19937_64 bits{20240229};
  return bits;
}

// All bit patterns of integers, among them the extremes; floats around 1000 with every special value.
template <class T>
T randomValue() {
  const std::uint64_t bits = randomBits()();
  using Limits = std::numeric_limits<T>;
  if constexpr (std::is_integral_v<T>) {
    if (bits % 11 == 0) return Limits::max();
    if (bits % 13 == 0) return Limits::min();
    return static_cast<T>(bits >> 8);
  } else {
    const T specials[] = {T(0),
                          -T(0),
                          Limits::infinity(),
                          -Limits::infinity(),
                          Limits::quiet_NaN(),
                          -Limits::quiet_NaN(),
                          Limits::denorm_min(),
                          -Limits::denorm_min(),
                          Limits::max(),
                          Limits::lowest(),
                          Limits::min(),
                          T(0.5),
                          T(-0.5),
                          T(1.5),
                          T(2.5),
                          T(-2.5),
                          T(254.5),
                          T(255.5),
                          T(32767.5),
                          T(-32768.5)};
    if (bits % 5 == 0) return specials[(bits >> 8) % std::size(specials)];
    const T unit = static_cast<T>(static_cast<double>(bits >> 11) / 9007199254740992.0 - 0.5);
    return bits % 5 == 1 ? unit * T(1e20) : bits % 5 == 2 ? std::floor(unit * 2000) : unit * T(2000);
  }
}

// Floats without NaN and infinities, of moderate size.
template <class T>
T moderateValue() {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<std::int64_t>(randomBits()() % 2001) -
                          (std::is_signed_v<T> ? 1000 : 0));
  else return static_cast<T>((static_cast<double>(randomBits()() >> 11) / 9007199254740992.0 - 0.5) * 2000);
}

// f(Type<T>{}) for every dtype.
template <class F>
void eachType(F f) {
  for (int d = 0; d < kDTypes; ++d) visit(static_cast<DType>(d), f);
}

}  // namespace voxline::test
