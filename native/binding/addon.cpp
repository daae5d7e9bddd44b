#include <napi.h>

#include "binding/environment.h"
#include "binding/labels.h"
#include "binding/memory.h"
#include "binding/region.h"
#include "binding/stay_loaded.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  if (!voxline::stayLoaded()) throw Napi::Error::New(env, "the system does not keep the addon loaded");
  voxline::Environment::attach(env);
  voxline::exportMemory(env, exports);
  voxline::exportRun(env, exports);
  voxline::exportRegion(env, exports);
  voxline::exportLabels(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(voxline, init)
