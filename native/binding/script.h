#pragma once

#include <napi.h>

#include "plan/script.h"

namespace voxline {

// A TypeScript function as a Script: workers wait while it runs on the environment's thread, in turns with the event loop in between.
// What it throws becomes Error{Filter} with details.cause, and is kept for `causeOf`.
class ScriptBridge {
 public:
  ScriptBridge(Napi::Env env, Napi::Function function);
  Script script() const;
  // What the function threw, if it did; on the environment's thread.
  Napi::Value cause() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace voxline
