#pragma once

#include <napi.h>

#include <memory>
#include <utility>

namespace voxline {

// What JavaScript holds behind an object of its own: `ended` is called before it goes, when that object has been collected, or at once where a
// thread that is being terminated makes no objects any more.
template <class T>
Napi::Value externalOf(Napi::Env env, std::unique_ptr<T> held, void (*ended)(Napi::Env, T&)) {
  const auto end = [env, ended](T* last) {
    ended(env, *last);
    delete last;
  };
  std::unique_ptr<T, decltype(end)> kept(held.release(), end);
  const auto made = Napi::External<T>::New(env, kept.get(), [end](Napi::Env, T* last) { end(last); });
  if (!made.IsEmpty()) kept.release();
  return made;
}

}  // namespace voxline
