#include "binding/region.h"

#include <memory>
#include <string>

#include "binding/background.h"
#include "binding/errors.h"
#include "binding/memory.h"
#include "binding/environment.h"
#include "binding/sharing.h"
#include "binding/values.h"
#include "exec/run_region.h"

namespace voxline {
namespace {

using Info = Napi::CallbackInfo;

Index indexFrom(const Napi::Value& value, int rank, const char* what) {
  Index index{};
  if (!value.IsArray() || static_cast<int>(value.As<Napi::Array>().Length()) != rank)
    throw invalidArgument(std::string(what) + " must be an array with a number per axis");
  for (int a = 0; a < rank; ++a) {
    const Napi::Value entry = value.As<Napi::Array>().Get(static_cast<std::uint32_t>(a));
    if (!entry.IsNumber()) throw invalidArgument(std::string(what) + " must hold numbers");
    index[a] = entry.As<Napi::Number>().Int64Value();
  }
  return index;
}

std::vector<PlacedView> listFrom(const Napi::Value& value) {
  if (!value.IsArray()) throw invalidArgument("views must be an array");
  const auto array = value.As<Napi::Array>();
  std::vector<PlacedView> views;
  for (std::uint32_t i = 0; i < array.Length(); ++i) views.push_back(placedFrom(array.Get(i)));
  return views;
}

int smallFrom(const Napi::Object& request, const char* name) {
  return static_cast<int>(integerFrom(request.Get(name), name));
}

RegionWork workFrom(const Napi::Object& request) {
  RegionWork work;
  const std::string name = request.Get("kernel").As<Napi::String>().Utf8Value();
  work.kernel = findKernel(name);
  if (!work.kernel) throw invalidArgument("kernel " + name + " does not exist");
  const int level = smallFrom(request, "level");
  work.level = level < 0 ? levelNamed("") : levelNamed(nameOf(static_cast<Level>(level)));
  work.axis = smallFrom(request, "axis");
  work.threads = smallFrom(request, "threads");
  const auto numbers = request.Get("params").As<Napi::Float64Array>();
  work.numbers.assign(numbers.Data(), numbers.Data() + numbers.ElementLength());
  work.inputs = listFrom(request.Get("inputs"));
  work.outputs = listFrom(request.Get("outputs"));
  checkRegionWork(work);
  return work;
}

std::vector<RegionWork> sequenceFrom(const Napi::Value& value) {
  if (!value.IsArray()) throw invalidArgument("requests must be an array");
  const auto array = value.As<Napi::Array>();
  std::vector<RegionWork> works;
  for (std::uint32_t i = 0; i < array.Length(); ++i) works.push_back(workFrom(array.Get(i).As<Napi::Object>()));
  checkSequence(works);
  return works;
}

// runRegion(requests: RegionRequest[]): WorkHandle
Napi::Value runRegionCall(const Info& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto works = std::make_shared<std::vector<RegionWork>>(sequenceFrom(info[0]));
    const auto holds = std::make_shared<std::vector<WriteHold>>();
    for (const RegionWork& work : *works)
      for (const PlacedView& output : work.outputs) holds->emplace_back(output.view.memory);
    return startWork(env, [works, holds](const std::atomic<bool>& stop) -> Settle {
      for (const WriteHold& hold : *holds) hold.begin();
      runRegion(*works, stop);
      return [holds](Napi::Env e) { return e.Undefined(); };
    });
  });
}

// regionScratch(request: RegionRequest): number
Napi::Value regionScratchCall(const Info& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    return Napi::Number::New(env, static_cast<double>(regionScratch(workFrom(info[0].As<Napi::Object>()))));
  });
}

}  // namespace

PlacedView placedFrom(const Napi::Value& value) {
  if (!value.IsObject()) throw invalidArgument("a placed view must be an object");
  const auto entry = value.As<Napi::Object>();
  PlacedView placed;
  placed.view = viewFrom(entry.Get("view"));
  placed.start = indexFrom(entry.Get("start"), placed.view.rank, "start");
  placed.extent = indexFrom(entry.Get("extent"), placed.view.rank, "extent");
  return placed;
}

void exportRegion(Napi::Env env, Napi::Object exports) {
  exports.Set("runRegion", Napi::Function::New(env, runRegionCall, "runRegion"));
  exports.Set("regionScratch", Napi::Function::New(env, regionScratchCall, "regionScratch"));
}

}  // namespace voxline
