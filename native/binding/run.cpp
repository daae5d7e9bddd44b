#include <napi.h>

#include <cstring>
#include <string>

#include "binding/background.h"
#include "binding/environment.h"
#include "binding/errors.h"
#include "binding/memory.h"
#include "binding/script.h"
#include "binding/sharing.h"
#include "binding/supply_bridge.h"
#include "exec/drivers.h"
#include "exec/pool.h"
#include "exec/run_plan.h"
#include "plan/axis_order.h"
#include "plan/staged_bytes.h"
#include "volume/resident_bytes.h"

namespace voxline {
namespace {

using Info = Napi::CallbackInfo;
using Bridges = std::shared_ptr<std::vector<ScriptBridge>>;

struct RunRequest {
  std::vector<double> numbers;
  std::vector<Handle> handles;
  Bridges bridges = std::make_shared<std::vector<ScriptBridge>>();
};

Handle handleFrom(const Napi::Value& value, std::vector<ScriptBridge>& bridges) {
  if (value.IsString()) return value.As<Napi::String>().Utf8Value();
  if (value.IsFunction()) return bridges.emplace_back(value.Env(), value.As<Napi::Function>()).script();
  if (value.IsObject() && !value.IsTypedArray() && !value.IsExternal()) {
    const Napi::Value supply = value.As<Napi::Object>().Get("supply");
    if (supply.IsFunction()) return SupplyBridge(value.Env(), supply.As<Napi::Function>()).supply();
  }
  if (value.IsTypedArray()) {
    const auto array = value.As<Napi::TypedArray>();
    const auto* data = static_cast<const std::byte*>(array.ArrayBuffer().Data()) + array.ByteOffset();
    return std::vector<std::byte>(data, data + array.ByteLength());
  }
  return memoryFrom(value);
}

RunRequest requestFrom(const Info& info) {
  if (!info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array || !info[1].IsArray())
    throw invalidArgument("a plan must be a Float64Array and an array of handles");
  RunRequest request;
  const auto numbers = info[0].As<Napi::Float64Array>();
  request.numbers.assign(numbers.Data(), numbers.Data() + numbers.ElementLength());
  const auto handles = info[1].As<Napi::Array>();
  for (std::uint32_t i = 0; i < handles.Length(); ++i) request.handles.push_back(handleFrom(handles.Get(i), *request.bridges));
  return request;
}

// Of the memories a plan's sinks lie in.
std::shared_ptr<std::vector<WriteHold>> holdsOf(const Plan& plan) {
  auto holds = std::make_shared<std::vector<WriteHold>>();
  for (const Sink& sink : plan.sinks)
    if (const auto* view = std::get_if<View>(&sink.storage)) holds->emplace_back(view->memory);
  return holds;
}

Napi::Array toArray(Napi::Env env, const std::vector<double>& values) {
  const Napi::Array array = Napi::Array::New(env, values.size());
  for (std::uint32_t i = 0; i < values.size(); ++i) array.Set(i, values[i]);
  return array;
}

Napi::String toString(Napi::Env env, std::string_view text) { return Napi::String::New(env, text.data(), text.size()); }

// Plan axes as the caller numbers them: orderAxes leaves in `axes` where each has gone.
class AxisNames {
 public:
  AxisNames(int rank, const Index& places) : rank_(rank), places_(places) {}

  Napi::Array array(Napi::Env env, const Index& values) const {
    const Napi::Array result = Napi::Array::New(env, static_cast<std::size_t>(rank_));
    for (int a = 0; a < rank_; ++a) result.Set(static_cast<std::uint32_t>(a), static_cast<double>(values[places_[a]]));
    return result;
  }

  // One after another: where each starts, then its shape.
  Napi::Float64Array regions(Napi::Env env, const std::vector<Region>& regions) const {
    auto result = Napi::Float64Array::New(env, regions.size() * 2 * static_cast<std::size_t>(rank_));
    double* to = result.Data();
    for (const Region& region : regions)
      for (const Index* values : {&region.start, &region.shape})
        for (int a = 0; a < rank_; ++a) *to++ = static_cast<double>((*values)[places_[a]]);
    return result;
  }

 private:
  int rank_;
  Index places_;
};

// Per division.
Napi::Array besideOf(Napi::Env env, const Plan& plan, const Footprint& footprint, const Pass& pass, NodeId source) {
  const Napi::Array all = Napi::Array::New(env, pass.divisions.size());
  for (std::uint32_t d = 0; d < pass.divisions.size(); ++d)
    all.Set(d, static_cast<double>(besideSupply(plan, footprint, pass, source, d)));
  return all;
}

Napi::Array nodesOf(Napi::Env env, const Plan& plan, const Footprint& footprint, const Pass& pass, const AxisNames& names) {
  const Carry carry(plan, footprint, pass.slabs);
  const Napi::Array nodes = Napi::Array::New(env, plan.nodes.size());
  for (std::uint32_t i = 0; i < plan.nodes.size(); ++i) {
    const auto id = static_cast<NodeId>(i);
    const Napi::Object node = Napi::Object::New(env);
    node.Set("low", names.array(env, footprint.reach(id).low));
    node.Set("high", names.array(env, footprint.reach(id).high));
    std::vector<Region> needed, computed;
    if (footprint.isNeeded(id))
      for (const Region& division : pass.divisions) {
        needed.push_back(footprint.region(id, division));
        computed.push_back(carry.computed(id, division));
      }
    node.Set("needed", names.regions(env, needed));
    node.Set("computed", names.regions(env, computed));
    if (plan.nodes[i].supply >= 0 && footprint.isNeeded(id)) node.Set("beside", besideOf(env, plan, footprint, pass, id));
    nodes.Set(i, node);
  }
  return nodes;
}

// describePlan(plan: Float64Array, handles: PlanHandle[]): PassLayout
Napi::Value describePlan(const Info& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    RunRequest request = requestFrom(info);
    Plan plan = decodePlan(std::move(request.numbers), request.handles);
    // Where the caller's axis a ends up: undone when regions are handed back.
    const Index before = plan.axes;
    orderAxes(plan);
    Index places{};
    for (int k = 0; k < plan.rank; ++k) places[before[k]] = plan.axes[k];
    const Footprint footprint(plan);
    const Pass pass = planPass(plan, footprint, passLimits());
    const AxisNames names(plan.rank, places);
    const Napi::Object result = Napi::Object::New(env);
    std::size_t tiles = 0;
    for (const Region& division : pass.divisions)
      if (!plan.reference) tiles += cutTiles(division, pass.layout.tile, pass.leaves).size();
    result.Set("divisions", names.regions(env, pass.divisions));
    result.Set("tile", names.array(env, plan.reference ? pass.divisions[0].shape : pass.layout.tile));
    result.Set("tiles", static_cast<double>(plan.reference ? pass.divisions.size() : tiles));
    result.Set("step", static_cast<double>(pass.layout.step));
    result.Set("threads", plan.reference ? 1 : pass.threads);
    result.Set("scratch", static_cast<double>(pass.scratch));
    result.Set("carried", static_cast<double>(pass.carried));
    result.Set("staging", static_cast<double>(pass.staging + pass.codecs));
    result.Set("peak", static_cast<double>(pass.peak));
    result.Set("nodes", nodesOf(env, plan, footprint, pass, names));
    const Napi::Array notes = Napi::Array::New(env, pass.notes.size());
    for (std::uint32_t i = 0; i < pass.notes.size(); ++i) notes.Set(i, pass.notes[i]);
    result.Set("notes", notes);
    return result;
  });
}

// leastPeak(plan: Float64Array, handles: PlanHandle[]): number
Napi::Value leastPeakOf(const Info& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    RunRequest request = requestFrom(info);
    Plan plan = decodePlan(std::move(request.numbers), request.handles);
    orderAxes(plan);
    return Napi::Number::New(env, static_cast<double>(leastPeak(plan, Footprint(plan), passLimits())));
  });
}

// Callbacks of a run, called on the environment's thread.
struct Callbacks {
  Napi::FunctionReference progress;
  Napi::FunctionReference division;
};

template <class... A>
void report(Napi::Env env, const Napi::FunctionReference& callback, A... values) {
  if (callback.IsEmpty()) return;
  const Napi::HandleScope scope(env);
  callback.Call({Napi::Number::New(env, static_cast<double>(values))...});
}

std::shared_ptr<Callbacks> callbacksFrom(const Info& info) {
  auto callbacks = std::make_shared<Callbacks>();
  if (!info[2].IsObject()) return callbacks;
  const auto given = info[2].As<Napi::Object>();
  const auto take = [&](const char* name, Napi::FunctionReference& to) {
    if (const Napi::Value f = given.Get(name); f.IsFunction()) to = Napi::Persistent(f.As<Napi::Function>());
  };
  take("onProgress", callbacks->progress);
  take("onDivision", callbacks->division);
  return callbacks;
}

// Until then the run holds its sinks.
Settle settleWith(RunOutcome outcome, std::shared_ptr<std::vector<WriteHold>> holds) {
  return [holds = std::move(holds), outcome = std::move(outcome)](Napi::Env env) -> Napi::Value {
    const Napi::Object result = Napi::Object::New(env);
    const Napi::Array results = Napi::Array::New(env, outcome.results.size());
    for (std::uint32_t i = 0; i < outcome.results.size(); ++i) {
      const auto& values = outcome.results[i];
      auto array = Napi::Float64Array::New(env, values.size());
      std::memcpy(array.Data(), values.data(), values.size() * sizeof(double));
      results.Set(i, array);
    }
    result.Set("results", results);
    result.Set("bytesRead", static_cast<double>(outcome.bytesRead));
    result.Set("bytesWritten", static_cast<double>(outcome.bytesWritten));
    result.Set("milliseconds", outcome.milliseconds);
    result.Set("stageMilliseconds", toArray(env, outcome.stageMilliseconds));
    return result;
  };
}

// run(plan: Float64Array, handles: PlanHandle[], callbacks: RunCallbacks): RunHandle
Napi::Value run(const Info& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    RunRequest request = requestFrom(info);
    auto plan = std::make_shared<Plan>(decodePlan(std::move(request.numbers), request.handles));
    const StopFlag stop = std::make_shared<std::atomic<bool>>(false);
    Environment& environment = Environment::of(env);
    const auto callbacks = callbacksFrom(info);
    const Bridges bridges = request.bridges;
    std::weak_ptr<Callbacks> watched = callbacks;
    const auto holds = holdsOf(*plan);
    const auto begun = std::make_shared<std::atomic<std::int64_t>>(0);
    const bool tellsDivisions = !callbacks->division.IsEmpty();
    const auto work = [plan, holds, stop, watched, begun, tellsDivisions, &environment](const std::atomic<bool>&) -> Settle {
      for (const WriteHold& hold : *holds) hold.begin();
      RunHooks hooks;
      hooks.progress = [&](double fraction) {
        environment.post([watched, fraction](Napi::Env e) {
          if (const auto c = watched.lock()) report(e, c->progress, fraction);
        });
      };
      hooks.division = [&](std::int64_t index, std::int64_t count) {
        begun->store(index + 1);
        if (!tellsDivisions) return;
        environment.post([watched, index, count](Napi::Env e) {
          if (const auto c = watched.lock()) report(e, c->division, index, count);
        });
      };
      return settleWith(runPlan(std::move(*plan), stop, hooks), holds);
    };
    const Decorate decorate = [bridges, callbacks](Napi::Error& error) {
      for (const ScriptBridge& bridge : *bridges)
        if (const Napi::Value cause = bridge.cause(); !cause.IsEmpty()) error.Set("cause", cause);
    };
    const Napi::Object handle = Napi::Object::New(env);
    const Napi::Promise promise = inBackground(env, work, stop, decorate);
    handle.Set("promise", promise);
    handle.Set("begun", Napi::Function::New(env, [begun](const Info& i) -> Napi::Value {
      return Napi::Number::New(i.Env(), static_cast<double>(begun->load()));
    }));
    // Holds none of the callbacks, which may hold the handle: neither would ever be collected.
    handle.Set("abort", Napi::Function::New(env, [stop](const Info& i) -> Napi::Value {
      stop->store(true);
      Environment::of(i.Env()).wake();
      return i.Env().Undefined();
    }));
    return handle;
  });
}

// kernels(): NativeKernel[]
Napi::Value listKernels(const Info& info) {
  const Napi::Env env = info.Env();
  constexpr const char* shapes[] = {"point", "line", "window", "reduce", "region"};
  constexpr const char* kinds[] = {"number", "integer", "list", "perAxis"};
  const auto all = kernels();
  const Napi::Array result = Napi::Array::New(env, all.size());
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    const KernelInfo& kernel = *all[i];
    const Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", toString(env, kernel.name));
    entry.Set("shape", shapes[static_cast<int>(kernel.shape)]);
    entry.Set("inputs", kernel.inputs);
    const Napi::Array fields = Napi::Array::New(env, kernel.fields.size());
    for (std::uint32_t f = 0; f < kernel.fields.size(); ++f) {
      const Napi::Object field = Napi::Object::New(env);
      field.Set("name", toString(env, kernel.fields[f].name));
      field.Set("kind", kinds[static_cast<int>(kernel.fields[f].kind)]);
      fields.Set(f, field);
    }
    entry.Set("fields", fields);
    const auto types = typesOf(kernel);
    const Napi::Array pairs = Napi::Array::New(env, types.size());
    for (std::uint32_t t = 0; t < types.size(); ++t)
      pairs.Set(t, toArray(env, {static_cast<double>(types[t].in), static_cast<double>(types[t].out)}));
    entry.Set("types", pairs);
    result.Set(i, entry);
  }
  return result;
}

// workers(): of the pool
Napi::Value workers(const Info& info) { return Napi::Number::New(info.Env(), poolSize()); }

// memoryInUse(): { resident, pooled }
Napi::Value memoryInUse(const Info& info) {
  const Napi::Object result = Napi::Object::New(info.Env());
  result.Set("resident", static_cast<double>(residentBytes()));
  result.Set("pooled", static_cast<double>(memoryCounters().pooled));
  return result;
}

// counters(): memory and pool
Napi::Value counters(const Info& info) {
  const MemoryCounters memory = memoryCounters();
  const DriverCounters drivers = driverCounters();
  const Napi::Object result = Napi::Object::New(info.Env());
  result.Set("live", static_cast<double>(memory.live));
  result.Set("pooled", static_cast<double>(memory.pooled));
  result.Set("mapped", static_cast<double>(memory.mapped));
  result.Set("scratch", static_cast<double>(memory.scratch));
  result.Set("moved", static_cast<double>(memory.moved));
  result.Set("handles", static_cast<double>(openHandles()));
  result.Set("peak", static_cast<double>(memory.peak));
  result.Set("memories", static_cast<double>(memory.count));
  result.Set("workers", poolSize());
  result.Set("running", drivers.running);
  result.Set("queued", drivers.queued);
  return result;
}

Napi::Value toJs(Napi::Env env, const ScratchFiles& files) {
  if (files.folder.empty()) return env.Null();
  const Napi::Object result = Napi::Object::New(env);
  result.Set("folder", files.folder);
  result.Set("above", static_cast<double>(files.above));
  return result;
}

ScratchFiles scratchFrom(const Napi::Value& value) {
  if (!value.IsObject()) return {};
  const auto given = value.As<Napi::Object>();
  const double above = given.Get("above").ToNumber().DoubleValue();
  if (!(above >= 0 && above <= 9007199254740992.0)) throw invalidArgument("above must be a number of bytes");
  return {given.Get("folder").ToString().Utf8Value(), static_cast<std::size_t>(above)};
}

// settings(change?: { workers?, poolLimit?, level?, scratch? }): { workers, level, levels, scratch }
Napi::Value settings(const Info& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    if (info[0].IsObject()) {
      const auto change = info[0].As<Napi::Object>();
      if (const Napi::Value v = change.Get("workers"); v.IsNumber()) setPoolSize(v.As<Napi::Number>().Int32Value());
      if (const Napi::Value v = change.Get("poolLimit"); v.IsNumber())
        setPoolLimit(static_cast<std::size_t>(v.As<Napi::Number>().DoubleValue()));
      if (change.Has("scratch")) setScratchFiles(scratchFrom(change.Get("scratch")));
      if (const Napi::Value v = change.Get("level"); v.IsString()) chooseLevel(levelNamed(v.As<Napi::String>().Utf8Value()));
    }
    const Napi::Object result = Napi::Object::New(env);
    result.Set("scratch", toJs(env, scratchFiles()));
    result.Set("workers", poolSize());
    result.Set("level", toString(env, nameOf(levelNamed(""))));
    const Napi::Array levels = Napi::Array::New(env);
    for (const Level level : usableLevels()) levels.Set(levels.Length(), toString(env, nameOf(level)));
    result.Set("levels", levels);
    return result;
  });
}

}  // namespace

void exportRun(Napi::Env env, Napi::Object exports) {
  exports.Set("describePlan", Napi::Function::New(env, describePlan, "describePlan"));
  exports.Set("leastPeak", Napi::Function::New(env, leastPeakOf, "leastPeak"));
  exports.Set("run", Napi::Function::New(env, run, "run"));
  exports.Set("kernels", Napi::Function::New(env, listKernels, "kernels"));
  exports.Set("workers", Napi::Function::New(env, workers, "workers"));
  exports.Set("memoryInUse", Napi::Function::New(env, memoryInUse, "memoryInUse"));
  exports.Set("counters", Napi::Function::New(env, counters, "counters"));
  exports.Set("settings", Napi::Function::New(env, settings, "settings"));
}

}  // namespace voxline
