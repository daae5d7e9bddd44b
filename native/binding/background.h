#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <memory>

namespace voxline {

// What a background call leaves for the caller's thread: turned into the promise's value there.
using Settle = std::function<Napi::Value(Napi::Env)>;

// Adds to a rejection what only the environment's thread knows.
using Decorate = std::function<void(Napi::Error&)>;

// Runs `work` on a driver thread of exec/pool.h and settles the promise on the environment's thread. An Error becomes a VoxlineError
// with the caller's stack. `stop` is set when the environment goes away, which waits for the work to end.
Napi::Promise inBackground(Napi::Env env, std::function<Settle(const std::atomic<bool>& stop)> work,
                           std::shared_ptr<std::atomic<bool>> stop = {}, Decorate decorate = {});

// The same as an object { promise, abort() }.
Napi::Object startWork(Napi::Env env, std::function<Settle(const std::atomic<bool>& stop)> work);

}  // namespace voxline
