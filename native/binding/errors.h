#pragma once

#include <napi.h>

#include <exception>
#include <functional>

#include "base/error.h"

namespace voxline {

// A JavaScript Error with `code` and `details`; ts/native/addon.ts makes a VoxlineError of it.
Napi::Error toJs(Napi::Env env, const Error& error);

// Any failure as an Error: std::bad_alloc as Memory, what is not an Error as Internal.
Error describe(const std::exception_ptr& failure);

// Runs f and throws what it throws as a JavaScript error: std::bad_alloc as Memory, Error with its code, anything else as Internal.
Napi::Value guarded(Napi::Env env, const std::function<Napi::Value()>& f);

}  // namespace voxline
