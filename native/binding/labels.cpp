#include "binding/labels.h"

#include <memory>
#include <string>
#include <utility>

#include "binding/background.h"
#include "binding/errors.h"
#include "binding/external.h"
#include "binding/memory.h"
#include "binding/region.h"
#include "binding/values.h"
#include "labels/components.h"
#include "labels/renumbering.h"

namespace voxline {
namespace {

using Info = Napi::CallbackInfo;

// A state as JavaScript holds it: behind a Napi::External. Work in the background holds the state itself.
struct LabelHolder {
  std::shared_ptr<LabelState> state;
  std::int64_t reported = 0;  // bytes the garbage collector knows of

  void report(Napi::Env env, std::int64_t bytes) {
    Napi::MemoryManagement::AdjustExternalMemory(env, bytes - reported);
    reported = bytes;
  }
};

Napi::Value toJs(Napi::Env env, std::shared_ptr<LabelState> state) {
  std::unique_ptr<LabelHolder> holder(new LabelHolder{std::move(state)});
  holder->report(env, holder->state->bytes());
  return externalOf<LabelHolder>(env, std::move(holder), [](Napi::Env here, LabelHolder& last) { last.report(here, 0); });
}

LabelHolder& labelsFrom(const Napi::Value& value) {
  if (!value.IsExternal()) throw invalidArgument("labels must be a state of labels");
  return *value.As<Napi::External<LabelHolder>>().Data();
}

std::shared_ptr<LabelState> stateFrom(const Napi::Value& value) {
  const LabelHolder& holder = labelsFrom(value);
  if (!holder.state) throw Error(Code::Disposed, "the labels have been released");
  return holder.state;
}

std::int64_t countFrom(const Napi::Object& object, const char* name, std::int64_t least) {
  const std::int64_t value = integerFrom(object.Get(name), name);
  if (value < least) throw invalidArgument(std::string(name) + " must be at least " + std::to_string(least));
  return value;
}

std::vector<std::int64_t> listFrom(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) throw invalidArgument(std::string(name) + " must be a list");
  const auto array = value.As<Napi::Array>();
  std::vector<std::int64_t> list;
  for (std::uint32_t k = 0; k < array.Length(); ++k) list.push_back(integerFrom(array.Get(k), name));
  return list;
}

Index indexFrom(const Napi::Value& value, int rank, std::int64_t least, const char* name) {
  const std::vector<std::int64_t> list = listFrom(value, name);
  if (list.size() != static_cast<std::size_t>(rank)) throw invalidArgument(std::string(name) + " must have a value per axis");
  Index index{};
  for (int a = 0; a < rank; ++a) {
    index[a] = list[static_cast<std::size_t>(a)];
    if (index[a] < least) throw invalidArgument(std::string(name) + " must be at least " + std::to_string(least));
  }
  return index;
}

std::uint64_t wordFrom(const Napi::Object& words) {
  const auto high = static_cast<std::uint64_t>(integerFrom(words.Get("high"), "high"));
  const auto low = static_cast<std::uint64_t>(integerFrom(words.Get("low"), "low"));
  return high << 32 | (low & 0xffffffff);
}

VoxelTest testFrom(const Napi::Object& spec) {
  VoxelTest test;
  test.isInverted = spec.Get("inverted").ToBoolean();
  if (!spec.Get("within").IsObject()) return test;
  const auto within = spec.Get("within").As<Napi::Object>();
  test.kind = VoxelTest::Kind::Within;
  test.low = wordFrom(within.Get("below").As<Napi::Object>());
  test.high = wordFrom(within.Get("above").As<Napi::Object>());
  return test;
}

Outcome outcomeFrom(const Napi::Value& value) {
  const std::string word = value.ToString();
  if (word == "number") return Outcome::Number;
  if (word == "largest") return Outcome::Largest;
  if (word == "enclosed") return Outcome::Enclosed;
  if (word == "seeded") return Outcome::Seeded;
  throw invalidArgument("outcome must be number, largest, enclosed or seeded");
}

Frame frameFrom(const Napi::Object& spec, int rank, const Index& extent) {
  std::vector<int> axes;
  for (const std::int64_t axis : listFrom(spec.Get("axes"), "axes")) {
    if (axis < 0 || axis >= rank || (!axes.empty() && axis <= axes.back())) throw invalidArgument("axes must ascend below the rank");
    axes.push_back(static_cast<int>(axis));
  }
  return makeFrame(rank, extent, axes);
}

// labelComponents(spec: ComponentsSpec): LabelHandle
Napi::Value labelComponents(const Info& info) {
  const auto given = info[0].As<Napi::Object>();
  const auto rank = static_cast<int>(listFrom(given.Get("extent"), "extent").size());
  if (rank < 1 || rank >= kMaxRank) throw invalidArgument("extent must have 1 to 8 axes");
  const Index extent = indexFrom(given.Get("extent"), rank, 1, "extent");
  ComponentsSpec spec;
  spec.frame = frameFrom(given, rank, extent);
  spec.connectivity = static_cast<int>(std::min<std::int64_t>(countFrom(given, "connectivity", 1), kMaxRank));
  spec.test = testFrom(given);
  spec.outcome = outcomeFrom(given.Get("outcome"));
  spec.largest = static_cast<std::uint64_t>(countFrom(given, "largest", 1));
  spec.slabHeight = countFrom(given, "slabHeight", 1);
  spec.keepsBits = given.Get("keepsBits").ToBoolean();
  spec.labelBytes = countFrom(given, "labelBytes", 0);
  spec.tableBytes = countFrom(given, "tableBytes", 0);
  spec.folder = given.Get("folder").ToString();
  const auto seeds = given.Get("seeds").As<Napi::Array>();
  for (std::uint32_t k = 0; k < seeds.Length(); ++k) {
    const Index seed = indexFrom(seeds.Get(k), rank, 0, "seeds");
    for (int a = 0; a < rank; ++a)
      if (seed[a] >= extent[a]) throw invalidArgument("seeds must lie in the volume");
    spec.seeds.push_back(seenThrough(spec.frame, seed));
  }
  return toJs(info.Env(), std::make_shared<Components>(std::move(spec)));
}

// renumberLabels(spec: RenumberingSpec): LabelHandle
Napi::Value renumberLabels(const Info& info) {
  const auto given = info[0].As<Napi::Object>();
  RenumberingSpec spec;
  spec.isBySize = given.Get("isBySize").ToBoolean();
  spec.minimumSize = static_cast<std::uint64_t>(countFrom(given, "minimumSize", 0));
  spec.tableBytes = countFrom(given, "tableBytes", 0);
  spec.folder = given.Get("folder").ToString();
  return toJs(info.Env(), std::make_shared<Renumbering>(std::move(spec)));
}

int threadsFrom(const Napi::Value& value) { return static_cast<int>(std::max<std::int64_t>(integerFrom(value, "threads"), 0)); }

// labelAdd(labels: LabelHandle, part: Placed, threads: number): WorkHandle
Napi::Value labelAdd(const Info& info) {
  const auto state = stateFrom(info[0]);
  const auto part = std::make_shared<PlacedView>(placedFrom(info[1]));
  const int threads = threadsFrom(info[2]);
  return startWork(info.Env(), [state, part, threads](const std::atomic<bool>& stop) -> Settle {
    state->add(*part, threads, stop);
    part->view.memory->checkIntact();
    return [](Napi::Env env) { return env.Undefined(); };
  });
}

// labelFinish(labels: LabelHandle, threads: number): WorkHandle, of { greatest, bytes }
Napi::Value labelFinish(const Info& info) {
  const auto state = stateFrom(info[0]);
  const int threads = threadsFrom(info[1]);
  return startWork(info.Env(), [state, threads](const std::atomic<bool>& stop) -> Settle {
    const std::uint64_t greatest = state->finish(threads, stop);
    return [state, greatest](Napi::Env env) {
      const Napi::Object result = Napi::Object::New(env);
      result.Set("greatest", static_cast<double>(greatest));
      result.Set("bytes", static_cast<double>(state->bytes()));
      return result;
    };
  });
}

// labelPaint(labels: LabelHandle, input: Placed | null, output: Placed, threads: number): WorkHandle
Napi::Value labelPaint(const Info& info) {
  const auto state = stateFrom(info[0]);
  const auto input = info[1].IsObject() ? std::make_shared<PlacedView>(placedFrom(info[1])) : nullptr;
  const auto out = std::make_shared<PlacedView>(placedFrom(info[2]));
  const int threads = threadsFrom(info[3]);
  if (!out->view.memory->isWritable()) throw Error(Code::Unsupported, "the target volume is read-only");
  const auto hold = std::make_shared<WriteHold>(out->view.memory);
  return startWork(info.Env(), [state, input, out, threads, hold](const std::atomic<bool>& stop) -> Settle {
    hold->begin();
    state->paint(input.get(), *out, threads, stop);
    if (input) input->view.memory->checkIntact();
    out->view.memory->checkIntact();
    return [hold](Napi::Env env) { return env.Undefined(); };
  });
}

// labelRelease(labels: LabelHandle): void
Napi::Value labelRelease(const Info& info) {
  LabelHolder& holder = labelsFrom(info[0]);
  holder.state = nullptr;
  holder.report(info.Env(), 0);
  return info.Env().Undefined();
}

}  // namespace

void exportLabels(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name, Napi::Value (*call)(const Info&)) {
    exports.Set(name, Napi::Function::New(
                          env, [call](const Info& info) { return guarded(info.Env(), [&] { return call(info); }); }, name));
  };
  add("labelComponents", labelComponents);
  add("renumberLabels", renumberLabels);
  add("labelAdd", labelAdd);
  add("labelFinish", labelFinish);
  add("labelPaint", labelPaint);
  add("labelRelease", labelRelease);
}

}  // namespace voxline
