#include "binding/script.h"

#include <atomic>
#include <cstring>
#include <memory>

#include "base/checked.h"
#include "base/error.h"
#include "binding/environment.h"
#include "binding/errors.h"

namespace voxline {

struct ScriptBridge::State {
  Environment* environment = nullptr;
  Napi::FunctionReference function;
  Napi::ObjectReference cause;
  Napi::ObjectReference input, output;  // typed arrays reused from call to call

  // References are deleted on the environment's thread: the last owner may be a worker.
  static void destroy(State* state) { state->environment->dispose(std::shared_ptr<State>(state)); }
};

namespace {

struct ScriptRequest {
  const ScriptBlock* block = nullptr;
  std::atomic<bool> done{false};
  std::exception_ptr failure;
};

Napi::Array numbers(Napi::Env env, const Index& values, const ScriptBlock& block) {
  const Napi::Array array = Napi::Array::New(env, static_cast<std::size_t>(block.rank));
  for (int k = 0; k < block.rank; ++k)
    array.Set(static_cast<std::uint32_t>(k), Napi::Number::New(env, static_cast<double>(values[block.axes[k]])));
  return array;
}

Napi::TypedArray arrayOf(Napi::Env env, Napi::ObjectReference& kept, DType dtype, std::size_t length) {
  if (!kept.IsEmpty()) {
    const auto array = kept.Value().As<Napi::TypedArray>();
    if (array.ElementLength() >= length) return array;
  }
  const Napi::TypedArray array = dtype == DType::Float64 ? Napi::TypedArray(Napi::Float64Array::New(env, length))
                                                         : Napi::TypedArray(Napi::Float32Array::New(env, length));
  kept = Napi::Persistent(array.As<Napi::Object>());
  return array;
}

// A dense box around the block: rows along plan axis 0.
struct Packed {
  Index shape{};
  Index strides{};
  std::int64_t size = 1;
};

Packed packed(const ScriptBlock& block, bool withHalo) {
  Packed p;
  for (int a = 0; a < block.rank; ++a) {
    p.shape[a] = block.shape[a] + (withHalo ? block.halo.low[a] + block.halo.high[a] : 0);
    p.strides[a] = p.size;
    p.size = checkedMul(p.size, p.shape[a]);
  }
  return p;
}

// Copies rows between scratch and a packed box; `toScratch` says which way.
void moveRows(const Block& scratch, const Index& low, const Packed& p, int rank, std::byte* box, std::size_t size, bool toScratch) {
  Index at{};
  for (;;) {
    std::ptrdiff_t offset = -low[0], target = 0;
    for (int a = 1; a < rank; ++a) {
      offset += (at[a] - low[a]) * scratch.stride[a];
      target += at[a] * p.strides[a];
    }
    std::byte* inScratch = static_cast<std::byte*>(scratch.data) + offset * static_cast<std::ptrdiff_t>(size);
    std::byte* inBox = box + target * static_cast<std::ptrdiff_t>(size);
    const std::size_t bytes = static_cast<std::size_t>(p.shape[0]) * size;
    toScratch ? std::memcpy(inScratch, inBox, bytes) : std::memcpy(inBox, inScratch, bytes);
    int a = 1;
    for (; a < rank; ++a) {
      if (++at[a] < p.shape[a]) break;
      at[a] = 0;
    }
    if (a >= rank) return;
  }
}

}  // namespace

ScriptBridge::ScriptBridge(Napi::Env env, Napi::Function function) : state_(new State, &State::destroy) {
  state_->environment = &Environment::of(env);
  state_->function = Napi::Persistent(function);
}

Napi::Value ScriptBridge::cause() const {
  return state_->cause.IsEmpty() ? Napi::Value() : state_->cause.Value().Get("cause");
}

namespace {

template <class State>
void callFunction(Napi::Env env, State& state, const ScriptBlock& block) {
  const Napi::HandleScope scope(env);
  const Packed in = packed(block, true), out = packed(block, false);
  const Napi::TypedArray input = arrayOf(env, state.input, block.in, static_cast<std::size_t>(in.size));
  const Napi::TypedArray output = arrayOf(env, state.output, block.out, static_cast<std::size_t>(out.size));
  const std::size_t inSize = sizeOf(block.in), outSize = sizeOf(block.out);
  const auto bytesOf = [](const Napi::TypedArray& array) {
    return static_cast<std::byte*>(array.ArrayBuffer().Data()) + array.ByteOffset();
  };
  moveRows(block.from, block.halo.low, in, block.rank, bytesOf(input), inSize, false);
  std::int64_t centre = 0;
  for (int a = 0; a < block.rank; ++a) centre += block.halo.low[a] * in.strides[a];
  const Napi::Object argument = Napi::Object::New(env);
  argument.Set("shape", numbers(env, block.shape, block));
  argument.Set("origin", numbers(env, block.origin, block));
  argument.Set("extent", numbers(env, block.extent, block));
  argument.Set("input", input);
  argument.Set("inputOffset", static_cast<double>(centre));
  argument.Set("inputStrides", numbers(env, in.strides, block));
  argument.Set("output", output);
  argument.Set("outputOffset", 0.0);
  argument.Set("outputStrides", numbers(env, out.strides, block));
  try {
    state.function.Call({argument});
  } catch (const Napi::Error& error) {
    const Napi::Object holder = Napi::Object::New(env);
    holder.Set("cause", error.Value());
    state.cause = Napi::Persistent(holder);
    throw Error(Code::Filter, std::string("the filter's function threw: ") + error.Message());
  }
  if (output.ElementLength() < static_cast<std::size_t>(out.size)) throw Error(Code::Filter, "the filter's function detached its output");
  moveRows(block.to, Index{}, out, block.rank, bytesOf(output), outSize, true);
}

}  // namespace

Script ScriptBridge::script() const {
  return [state = state_](const ScriptBlock& block) {
    const auto request = std::make_shared<ScriptRequest>();
    request->block = &block;
    const auto run = [state, request](Napi::Env env) {
      try {
        callFunction(env, *state, *request->block);
      } catch (...) {
        request->failure = std::current_exception();
      }
      request->done.store(true);
      state->environment->wake();
    };
    if (!state->environment->postTurn(run)) return false;
    if (!state->environment->waitFor([&] { return request->done.load(); })) return false;
    if (request->failure) std::rethrow_exception(request->failure);
    return true;
  };
}

}  // namespace voxline
