#pragma once

#include <napi.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "exec/stop_flag.h"

namespace voxline {

// What the addon keeps per JavaScript environment (main thread or worker): the instance data.
class Environment {
 public:
  static void attach(Napi::Env env);
  static Environment& of(Napi::Env env);

  explicit Environment(Napi::Env env);
  ~Environment();

  // Runs f on the environment's thread; from any thread. False when the environment is going away: f will not run.
  bool post(std::function<void(Napi::Env)> f);

  // The same, in turns of about a millisecond with the event loop free in between: for functions written in JavaScript.
  bool postTurn(std::function<void(Napi::Env)> f);

  // Work in the background. While there is any the event loop stays alive; when the environment goes away every flag is set and
  // the thread waits until all work has left.
  void enter(const StopFlag& stop);
  void leave(const StopFlag& stop);   // on any thread: the last thing background work does
  void settled();                     // on the environment's thread, once per enter

  // A worker waits for the environment's thread: true once `ready` (asked under the lock, after every wake), false when it goes away.
  bool waitFor(const std::function<bool()>& ready);
  void wake();
  // The same, given up once `stop` is set: noticed within some milliseconds, for whoever sets it may not wake anybody.
  bool waitFor(const std::function<bool()>& ready, const std::atomic<bool>& stop);

  // Takes what holds JavaScript references when `post` has failed: it is destroyed on the environment's thread.
  void bury(std::shared_ptr<void> last);

  // Has it destroyed on the environment's thread, later, even where the caller is the last owner; from any thread.
  void dispose(std::shared_ptr<void> last);

  // A table of binding/memory.cpp: one ArrayBuffer per allocation.
  std::shared_ptr<void> memoryTable;

 private:
  void close();
  void queueTurn(Napi::Env env, std::function<void(Napi::Env)> f);
  void scheduleTurn(Napi::Env env);
  void takeTurn(Napi::Env env);

  struct Posted {
    std::function<void(Napi::Env)> run;  // if anything
    std::shared_ptr<void> last;          // goes with it
  };

  // Under the lock. Takes it over unless the environment is going away.
  bool send(std::unique_ptr<Posted>& posted);

  // Also called, without an environment, for what is still posted when it goes away.
  static void callPosted(Napi::Env env, Napi::Function, void*, Posted* posted);

  Napi::TypedThreadSafeFunction<void, Posted, &Environment::callPosted> functions_;
  napi_env env_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::condition_variable woken_;
  std::multiset<StopFlag> working_;
  std::deque<std::function<void(Napi::Env)>> turns_;  // on the environment's thread only
  bool turnScheduled_ = false;
  std::vector<std::shared_ptr<void>> buried_;
  int unsettled_ = 0;
  bool closed_ = false;
};

}  // namespace voxline
