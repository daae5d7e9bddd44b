#include "binding/errors.h"

#include <new>

namespace voxline {
namespace {

const char* nameOf(Code code) {
  switch (code) {
    case Code::InvalidArgument: return "InvalidArgument";
    case Code::ShapeMismatch: return "ShapeMismatch";
    case Code::OutOfBounds: return "OutOfBounds";
    case Code::Unsupported: return "Unsupported";
    case Code::Format: return "Format";
    case Code::Io: return "Io";
    case Code::Memory: return "Memory";
    case Code::Filter: return "Filter";
    case Code::Disposed: return "Disposed";
    case Code::Aborted: return "Aborted";
    case Code::Internal: break;
  }
  return "Internal";
}

}  // namespace

Error describe(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(Code::Memory, "out of memory");
  } catch (const std::exception& error) {
    return Error(Code::Internal, error.what());
  } catch (...) {
    return Error(Code::Internal, "unknown failure");
  }
}

Napi::Error toJs(Napi::Env env, const Error& error) {
  Napi::Error value = Napi::Error::New(env, error.what());
  value.Set("code", Napi::String::New(env, nameOf(error.code())));
  const Napi::Object details = Napi::Object::New(env);
  for (const auto& [key, detail] : error.details()) {
    if (const auto* number = std::get_if<double>(&detail)) details.Set(key, *number);
    else details.Set(key, std::get<std::string>(detail));
  }
  value.Set("details", details);
  return value;
}

Napi::Value guarded(Napi::Env env, const std::function<Napi::Value()>& f) {
  try {
    return f();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw toJs(env, describe(std::current_exception()));
  }
}

}  // namespace voxline
