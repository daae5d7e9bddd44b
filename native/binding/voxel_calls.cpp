#include "binding/voxel_calls.h"

#include <cmath>
#include <cstring>
#include <initializer_list>
#include <limits>

#include "binding/background.h"
#include "binding/errors.h"
#include "binding/memory.h"
#include "binding/values.h"
#include "exec/convert_voxels.h"
#include "kernel/registry.h"
#include "volume/copy.h"

namespace voxline {
namespace {

using Info = Napi::CallbackInfo;

void checkWritable(const View& view) {
  if (!view.memory->isWritable()) throw Error(Code::Unsupported, "the memory is mapped read-only");
}

// After the work: pages that went while it was done were read as zeros.
void checkIntact(std::initializer_list<View> views) {
  for (const View& view : views) view.memory->checkIntact();
}

std::uint64_t bigBits(const Napi::Value& value, DType dtype) {
  if (!value.IsBigInt()) throw invalidArgument("value must be a bigint");
  bool exact = false;
  const auto big = value.As<Napi::BigInt>();
  const std::uint64_t bits =
      dtype == DType::UInt64 ? big.Uint64Value(&exact) : static_cast<std::uint64_t>(big.Int64Value(&exact));
  if (!exact) throw invalidArgument("value must fit its dtype");
  return bits;
}

template <class T>
T numberOf(double number) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(number);
  } else {
    using Limits = std::numeric_limits<T>;
    const bool fits =
        number >= static_cast<double>(Limits::min()) && number <= static_cast<double>(Limits::max());
    if (!fits || number != std::floor(number)) throw invalidArgument("value must fit its dtype");
    return static_cast<T>(number);
  }
}

std::uint64_t bitsFrom(const Napi::Value& value, DType dtype) {
  if (dtype == DType::UInt64 || dtype == DType::Int64) return bigBits(value, dtype);
  if (!value.IsNumber()) throw invalidArgument("value must be a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  std::uint64_t bits = 0;
  visit(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (!std::is_integral_v<T> || sizeof(T) < 8) {
      const T element = numberOf<T>(number);
      std::memcpy(&bits, &element, sizeof(T));
    }
  });
  return bits;
}

// Writers hold their memory until the promise settles: whether a snapshot is refused does not depend on how fast they are.

// copy(from: View, to: View, threads: number): Promise<void>
Napi::Value copy(const Info& info) {
  const View from = viewFrom(info[0]), to = viewFrom(info[1]);
  checkWritable(to);
  const int threads = static_cast<int>(integerFrom(info[2], "threads"));
  const auto hold = std::make_shared<WriteHold>(to.memory);
  return inBackground(info.Env(), [from, to, threads, hold](const std::atomic<bool>& stop) -> Settle {
    hold->begin();
    convertVoxels(from, to, levelNamed(""), threads, stop);
    checkIntact({from, to});
    return [hold](Napi::Env env) { return env.Undefined(); };
  });
}

// copyNow(from: View, to: View): void
Napi::Value copyNow(const Info& info) {
  const View from = viewFrom(info[0]), to = viewFrom(info[1]);
  checkWritable(to);
  to.memory->prepare(lowest(to), static_cast<std::size_t>(to.region().size()) * sizeOf(to.dtype));
  copyVoxels(from, to);
  checkIntact({from, to});
  return info.Env().Undefined();
}

// fill(view: View, value: number | bigint): Promise<void>
Napi::Value fill(const Info& info) {
  const View view = viewFrom(info[0]);
  checkWritable(view);
  const std::uint64_t bits = bitsFrom(info[1], view.dtype);
  const auto hold = std::make_shared<WriteHold>(view.memory);
  return inBackground(info.Env(), [view, bits, hold](const std::atomic<bool>& stop) -> Settle {
    hold->begin();
    fillOnWorkers(view, bits, stop);
    checkIntact({view});
    return [hold](Napi::Env env) { return env.Undefined(); };
  });
}

// equals(a: View, b: View): Promise<boolean>
Napi::Value equals(const Info& info) {
  const View a = viewFrom(info[0]), b = viewFrom(info[1]);
  return inBackground(info.Env(), [a, b](const std::atomic<bool>& stop) -> Settle {
    const bool equal = equalOnWorkers(a, b, stop);
    checkIntact({a, b});
    return [equal](Napi::Env env) { return Napi::Boolean::New(env, equal); };
  });
}

}  // namespace

void exportVoxelCalls(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name, Napi::Value (*call)(const Info&)) {
    exports.Set(
        name,
        Napi::Function::New(
            env, [call](const Info& info) { return guarded(info.Env(), [&] { return call(info); }); }, name));
  };
  add("copy", copy);
  add("copyNow", copyNow);
  add("fill", fill);
  add("equals", equals);
}

}  // namespace voxline
