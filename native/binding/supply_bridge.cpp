#include "binding/supply_bridge.h"

#include <atomic>
#include <memory>

#include "base/error.h"
#include "binding/environment.h"
#include "binding/memory.h"
#include "exec/drivers.h"

namespace voxline {

struct SupplyBridge::State {
  Environment* environment = nullptr;
  Napi::FunctionReference function;

  // The reference is deleted on the environment's thread: the last owner may be a driver.
  static void destroy(State* state) { state->environment->dispose(std::shared_ptr<State>(state)); }
};

namespace {

struct Answer {
  std::atomic<bool> done{false};
  std::atomic<bool> failed{false};
};

Napi::Array numbers(Napi::Env env, const Index& values, int rank) {
  const Napi::Array array = Napi::Array::New(env, static_cast<std::size_t>(rank));
  for (int a = 0; a < rank; ++a) array.Set(static_cast<std::uint32_t>(a), static_cast<double>(values[a]));
  return array;
}

Napi::Object requestFor(Napi::Env env, const Region& region, const View& to) {
  const Napi::Object view = Napi::Object::New(env);
  view.Set("memory", toJs(env, to.memory));
  view.Set("dtype", static_cast<double>(to.dtype));
  view.Set("offset", static_cast<double>(to.data - to.memory->data()));
  view.Set("shape", numbers(env, to.shape, to.rank));
  view.Set("strides", numbers(env, to.strides, to.rank));
  const Napi::Object request = Napi::Object::New(env);
  request.Set("start", numbers(env, region.start, region.rank));
  request.Set("shape", numbers(env, region.shape, region.rank));
  request.Set("view", view);
  return request;
}

}  // namespace

SupplyBridge::SupplyBridge(Napi::Env env, Napi::Function function) : state_(new State, &State::destroy) {
  state_->environment = &Environment::of(env);
  state_->function = Napi::Persistent(function);
}

Supply SupplyBridge::supply() const {
  return [state = state_](const Region& region, const View& to, const std::atomic<bool>& stop) {
    const auto answer = std::make_shared<Answer>();
    Environment& environment = *state->environment;
    const auto ask = [state, answer, region, to](Napi::Env env) {
      const Napi::HandleScope scope(env);
      const auto settle = [answer, state](bool failed) {
        answer->failed.store(failed);
        answer->done.store(true);
        state->environment->wake();
      };
      const auto done = [settle](const Napi::CallbackInfo& info) { settle(info[0].ToBoolean().Value()); };
      try {
        state->function.Call({requestFor(env, region, to), Napi::Function::New(env, done)});
      } catch (const Napi::Error&) {
        settle(true);
      }
    };
    const DriverPause pause;
    if (!environment.post(ask)) throw Error(Code::Aborted, "the run was stopped");
    if (!environment.waitFor([&] { return answer->done.load(); }, stop)) throw Error(Code::Aborted, "the run was stopped");
    if (answer->failed.load()) throw Error(Code::Filter, "a source's function failed");
  };
}

}  // namespace voxline
