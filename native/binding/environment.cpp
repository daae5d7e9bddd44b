#include "binding/environment.h"

#include <atomic>
#include <chrono>
#include <utility>

#include "exec/drivers.h"

namespace voxline {
namespace {

constexpr auto kTurn = std::chrono::milliseconds(1);

}  // namespace

void Environment::callPosted(Napi::Env env, Napi::Function, void*, Posted* posted) {
  const std::unique_ptr<Posted> owned(posted);
  if (env != nullptr && owned->run) owned->run(env);
}

void Environment::attach(Napi::Env env) { env.SetInstanceData<Environment>(new Environment(env)); }

Environment& Environment::of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

Environment::Environment(Napi::Env env) : env_(env) {
  const Napi::Function nothing = Napi::Function::New(env, [](const Napi::CallbackInfo&) {});
  functions_ = decltype(functions_)::New(env, nothing, "voxline", 0, 1);
  functions_.Unref(env);
  napi_add_env_cleanup_hook(env, [](void* self) { static_cast<Environment*>(self)->close(); }, this);
}

Environment::~Environment() = default;

bool Environment::post(std::function<void(Napi::Env)> f) {
  // Ends after the lock: what goes with it may post in turn.
  auto posted = std::make_unique<Posted>(Posted{std::move(f), nullptr});
  const std::lock_guard lock(mutex_);
  return send(posted);
}

bool Environment::send(std::unique_ptr<Posted>& posted) {
  if (closed_ || functions_.NonBlockingCall(posted.get()) != napi_ok) return false;
  posted.release();
  return true;
}

bool Environment::postTurn(std::function<void(Napi::Env)> f) {
  return post([this, f = std::move(f)](Napi::Env env) mutable { queueTurn(env, std::move(f)); });
}

void Environment::queueTurn(Napi::Env env, std::function<void(Napi::Env)> f) {
  turns_.push_back(std::move(f));
  scheduleTurn(env);
}

void Environment::scheduleTurn(Napi::Env env) {
  if (turnScheduled_) return;
  turnScheduled_ = true;
  const Napi::HandleScope scope(env);
  const auto take = Napi::Function::New(env, [this](const Napi::CallbackInfo& info) { takeTurn(info.Env()); });
  env.Global().Get("setImmediate").As<Napi::Function>().Call({take});
}

void Environment::takeTurn(Napi::Env env) {
  const auto end = std::chrono::steady_clock::now() + kTurn;
  turnScheduled_ = false;
  do {
    const auto f = std::move(turns_.front());
    turns_.pop_front();
    f(env);
  } while (!turns_.empty() && std::chrono::steady_clock::now() < end);
  if (!turns_.empty()) scheduleTurn(env);
}

void Environment::enter(const StopFlag& stop) {
  const std::lock_guard lock(mutex_);
  working_.insert(stop);
  if (unsettled_++ == 0) functions_.Ref(env_);
}

void Environment::leave(const StopFlag& stop) {
  const std::lock_guard lock(mutex_);
  working_.erase(working_.find(stop));
  if (working_.empty()) idle_.notify_all();
}

void Environment::settled() {
  const std::lock_guard lock(mutex_);
  if (--unsettled_ == 0 && !closed_) functions_.Unref(env_);
}

// Runs on the environment's thread before anything it owns is torn down. Scripts that wait for this thread see `closed_` and give up.
void Environment::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  for (const StopFlag& stop : working_) stop->store(true);
  woken_.notify_all();
  lock.unlock();
  endStoppedDrivers();
  lock.lock();
  idle_.wait(lock, [&] { return working_.empty(); });
  lock.unlock();
  turns_.clear();
  // What ends here may bury more, and takes the lock for it.
  for (lock.lock(); !buried_.empty(); lock.lock()) {
    auto buried = std::exchange(buried_, {});
    lock.unlock();
    buried.clear();
  }
  functions_.Release();
}

void Environment::bury(std::shared_ptr<void> last) {
  const std::lock_guard lock(mutex_);
  buried_.push_back(std::move(last));
}

void Environment::dispose(std::shared_ptr<void> last) {
  auto posted = std::make_unique<Posted>(Posted{nullptr, std::move(last)});
  const std::lock_guard lock(mutex_);
  if (!send(posted)) buried_.push_back(std::move(posted->last));
}

bool Environment::waitFor(const std::function<bool()>& ready) {
  std::unique_lock lock(mutex_);
  woken_.wait(lock, [&] { return closed_ || ready(); });
  return ready();
}

bool Environment::waitFor(const std::function<bool()>& ready, const std::atomic<bool>& stop) {
  constexpr std::chrono::milliseconds patience(5);
  std::unique_lock lock(mutex_);
  while (!closed_ && !ready() && !stop.load()) woken_.wait_for(lock, patience);
  return ready();
}

void Environment::wake() {
  const std::lock_guard lock(mutex_);
  woken_.notify_all();
}

}  // namespace voxline
