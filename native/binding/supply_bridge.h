#pragma once

#include <napi.h>

#include "plan/supply.h"

namespace voxline {

// A TypeScript function `(request: SupplyRequest, done: (failed: boolean) => void) => void` as a Supply. It is called on the environment's
// thread, answers when it likes, and keeps for itself what went wrong.
class SupplyBridge {
 public:
  SupplyBridge(Napi::Env env, Napi::Function function);
  Supply supply() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace voxline
