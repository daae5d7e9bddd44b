#include "binding/background.h"

#include <exception>
#include <utility>

#include "binding/environment.h"
#include "binding/errors.h"
#include "exec/drivers.h"

namespace voxline {
namespace {

struct Background {
  Napi::Promise::Deferred deferred;
  std::function<Settle(const std::atomic<bool>&)> work;
  StopFlag stop;
  Decorate decorate;
  Settle settle;
  std::exception_ptr failure;
};

// The driver may be the last to drop the task: what refers to JavaScript, and what `settle` holds, ends here.
void settle(Napi::Env env, Background& task) {
  Environment::of(env).settled();
  const Napi::HandleScope scope(env);
  const Decorate decorate = std::exchange(task.decorate, nullptr);
  try {
    if (!task.failure) {
      const Napi::Value value = std::exchange(task.settle, nullptr)(env);
      return task.deferred.Resolve(value);
    }
    Napi::Error error = toJs(env, describe(task.failure));
    if (decorate) decorate(error);
    task.deferred.Reject(error.Value());
  } catch (const Napi::Error& error) {
    task.deferred.Reject(error.Value());
  }
}

}  // namespace

Napi::Promise inBackground(Napi::Env env, std::function<Settle(const std::atomic<bool>& stop)> work,
                           std::shared_ptr<std::atomic<bool>> stop, Decorate decorate) {
  if (!stop) stop = std::make_shared<std::atomic<bool>>(false);
  auto task = std::make_shared<Background>(
      Background{Napi::Promise::Deferred::New(env), std::move(work), stop, std::move(decorate), nullptr, nullptr});
  const Napi::Promise promise = task->deferred.Promise();
  Environment& environment = Environment::of(env);
  environment.enter(stop);
  startDriver([task, &environment]() mutable {
    try {
      task->settle = task->work(*task->stop);
    } catch (...) {
      task->failure = std::current_exception();
    }
    task->work = nullptr;
    const StopFlag flag = task->stop;
    if (!environment.post([task](Napi::Env e) { settle(e, *task); })) environment.bury(task);
    task.reset();
    environment.leave(flag);
  }, stop);
  return promise;
}

Napi::Object startWork(Napi::Env env, std::function<Settle(const std::atomic<bool>& stop)> work) {
  const auto stop = std::make_shared<std::atomic<bool>>(false);
  const Napi::Object handle = Napi::Object::New(env);
  handle.Set("promise", inBackground(env, std::move(work), stop));
  handle.Set("abort", Napi::Function::New(env, [stop](const Napi::CallbackInfo& info) -> Napi::Value {
    stop->store(true);
    return info.Env().Undefined();
  }));
  return handle;
}

}  // namespace voxline
