#include "binding/memory.h"

#include <cmath>
#include <thread>
#include <unordered_map>

#include "base/checked.h"
#include "binding/environment.h"
#include "binding/errors.h"
#include "binding/voxel_calls.h"

namespace voxline {
namespace {

using Info = Napi::CallbackInfo;

constexpr double kMaxExact = 9007199254740992.0;

// A caller's typed array, kept from collection; destroyed on the environment's thread. A detached buffer shows when it is looked at.
struct Pin {
  Napi::ObjectReference array;
  std::byte* data = nullptr;
  std::size_t bytes = 0;
};

// One allocation in one environment.
struct Entry {
  napi_ref buffer = nullptr;  // weak; the ArrayBuffer holds an owner of its own
  int holders = 0;
  std::size_t bytes = 0;   // that the garbage collector should know of
  bool reported = false;   // by us: V8 counts the bytes itself while there is an ArrayBuffer
};

// The environment's allocations, used on its thread only.
struct Table {
  napi_env env = nullptr;
  std::thread::id thread = std::this_thread::get_id();
  std::unordered_map<std::uint64_t, Entry> entries;

  ~Table() {
    for (auto& [id, entry] : entries)
      if (entry.buffer) napi_delete_reference(env, entry.buffer);
  }

  napi_value bufferOf(const Entry& entry) const {
    napi_value value = nullptr;
    if (entry.buffer) napi_get_reference_value(env, entry.buffer, &value);
    return value;
  }

  void report(Entry& entry, bool wanted) const {
    if (entry.reported == wanted) return;
    entry.reported = wanted;
    const auto bytes = static_cast<std::int64_t>(entry.bytes);
    std::int64_t total = 0;
    if (bytes) napi_adjust_external_memory(env, wanted ? bytes : -bytes, &total);
  }

  void forgetBuffer(Entry& entry) const {
    if (entry.buffer) napi_delete_reference(env, entry.buffer);
    entry.buffer = nullptr;
  }

  // After a holder or an ArrayBuffer has gone.
  void settle(std::uint64_t id) {
    const auto found = entries.find(id);
    if (found == entries.end()) return;
    Entry& entry = found->second;
    const bool exported = bufferOf(entry) != nullptr;
    if (!exported) forgetBuffer(entry);
    report(entry, entry.holders > 0 && !exported);
    if (entry.holders == 0 && !exported) entries.erase(found);
  }

  void detach(std::uint64_t id) {
    const auto found = entries.find(id);
    if (found == entries.end()) return;
    if (const napi_value buffer = bufferOf(found->second)) napi_detach_arraybuffer(env, buffer);
    forgetBuffer(found->second);
  }
};

std::shared_ptr<Table> tableOf(Napi::Env env) {
  std::shared_ptr<void>& slot = Environment::of(env).memoryTable;
  if (!slot) {
    const auto table = std::make_shared<Table>();
    table->env = env;
    slot = table;
  }
  return std::static_pointer_cast<Table>(slot);
}

// One owner as JavaScript holds it: behind a Napi::External.
struct MemoryHolder {
  MemoryPtr memory;
  std::shared_ptr<Pin> pin;
  std::weak_ptr<Table> table;

  // Ends the owner; by `release` the last one of the environment detaches the ArrayBuffer, by collection it does not.
  void end(bool detaches) {
    if (!memory) return;
    const std::uint64_t id = memory->id();
    if (const auto all = table.lock()) {
      const auto found = all->entries.find(id);
      if (found != all->entries.end() && --found->second.holders == 0 && detaches) all->detach(id);
      all->settle(id);
    }
    memory.reset();
    pin.reset();
  }
};

enum class Reported { Yes, No };

Napi::Value hold(Napi::Env env, MemoryPtr memory, std::shared_ptr<Pin> pin, Reported reported) {
  const std::shared_ptr<Table> table = tableOf(env);
  Entry& entry = table->entries[memory->id()];
  if (reported == Reported::Yes) entry.bytes = memory->bytes();
  ++entry.holders;
  table->report(entry, table->bufferOf(entry) == nullptr);
  auto* holder = new MemoryHolder{std::move(memory), std::move(pin), table};
  return Napi::External<MemoryHolder>::New(env, holder, [](Napi::Env, MemoryHolder* last) {
    last->end(false);
    delete last;
  });
}

MemoryHolder& holderFrom(const Napi::Value& value) {
  if (!value.IsExternal()) throw invalidArgument("memory must be an owner of native memory");
  MemoryHolder& holder = *value.As<Napi::External<MemoryHolder>>().Data();
  if (!holder.memory) throw Error(Code::Disposed, "the memory has been released");
  return holder;
}

struct ArrayBytes {
  std::byte* data = nullptr;
  std::size_t bytes = 0;
};

ArrayBytes bytesOf(const Napi::Value& array) {
  static constexpr std::size_t kSizes[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
  napi_typedarray_type type{};
  std::size_t length = 0;
  void* data = nullptr;
  const napi_status status = napi_get_typedarray_info(array.Env(), array, &type, &length, &data, nullptr, nullptr);
  if (status != napi_ok || static_cast<std::size_t>(type) >= std::size(kSizes))
    throw invalidArgument("array must be a typed array of integers or of 32- or 64-bit floats");
  return {static_cast<std::byte*>(data), length * kSizes[type]};
}

void checkAttached(const Pin& pin) {
  const ArrayBytes now = bytesOf(pin.array.Value());
  if (now.data != pin.data || now.bytes != pin.bytes) throw invalidArgument("the wrapped array's buffer has been detached");
}

std::int64_t integerFrom(const Napi::Value& value, const char* name) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  if (!(std::abs(number) < kMaxExact) || number != std::floor(number))
    throw invalidArgument(std::string(name) + " must be an integer");
  return static_cast<std::int64_t>(number);
}

std::size_t bytesFrom(const Napi::Value& value) {
  const std::int64_t bytes = integerFrom(value, "bytes");
  if (bytes < 1) throw invalidArgument("bytes must be at least 1");
  return static_cast<std::size_t>(bytes);
}

int listFrom(const Napi::Value& value, const char* name, Index& items) {
  const std::uint32_t count = value.IsArray() ? value.As<Napi::Array>().Length() : 0;
  if (count < 1 || count > kMaxRank) throw invalidArgument(std::string(name) + " must be a list of 1 to 9 integers");
  for (std::uint32_t k = 0; k < count; ++k) items[k] = integerFrom(value.As<Napi::Array>().Get(k), name);
  return static_cast<int>(count);
}

// allocate(bytes: number, zero: boolean): Memory
Napi::Value allocateMemory(const Info& info) {
  return toJs(info.Env(), allocate(bytesFrom(info[0]), info[1].ToBoolean() ? Fill::Zero : Fill::None));
}

// Destroys a pin where it may be: the last owner can go on any thread, and after the environment.
void unpin(Environment& environment, const std::weak_ptr<Table>& table, std::shared_ptr<Pin> pin) {
  const std::shared_ptr<Table> all = table.lock();
  if (!all) return pin->array.SuppressDestruct();
  if (all->thread == std::this_thread::get_id()) return pin.reset();
  auto* kept = new std::shared_ptr<Pin>(std::move(pin));
  if (environment.post([kept](Napi::Env) { delete kept; })) return;
  environment.bury(std::move(*kept));
  delete kept;
}

// wrap(array: TypedArray): Memory
Napi::Value wrap(const Info& info) {
  const ArrayBytes bytes = bytesOf(info[0]);
  if (bytes.bytes == 0) throw invalidArgument("array must have elements");
  const auto pin = std::make_shared<Pin>();
  pin->array = Napi::Persistent(info[0].As<Napi::Object>());
  pin->data = bytes.data;
  pin->bytes = bytes.bytes;
  Environment& environment = Environment::of(info.Env());
  const std::weak_ptr<Table> table = tableOf(info.Env());
  MemoryPtr memory = wrapForeign(bytes.data, bytes.bytes, [&environment, table, pin]() mutable {
    unpin(environment, table, std::move(pin));
  });
  return hold(info.Env(), std::move(memory), pin, Reported::No);
}

// mapFile(path: string, mode: string, offset: number, bytes: number): Memory
Napi::Value mapFileMemory(const Info& info) {
  const std::string path = info[0].ToString(), mode = info[1].ToString();
  const std::int64_t offset = integerFrom(info[2], "offset");
  if (offset < 0) throw invalidArgument("offset must be at least 0");
  if (mode != "r" && mode != "r+" && mode != "c") throw invalidArgument("mode must be r, r+ or c");
  const MapMode chosen = mode == "r" ? MapMode::Read : mode == "c" ? MapMode::CopyOnWrite : MapMode::ReadWrite;
  return hold(info.Env(), mapFile(path, chosen, static_cast<std::uint64_t>(offset), bytesFrom(info[3])), nullptr, Reported::No);
}

// memoryInfo(memory: Memory): { id, bytes, writable, owners }
Napi::Value memoryInfo(const Info& info) {
  const MemoryPtr& memory = holderFrom(info[0]).memory;
  const Napi::Object result = Napi::Object::New(info.Env());
  result.Set("id", static_cast<double>(memory->id()));
  result.Set("bytes", static_cast<double>(memory->bytes()));
  result.Set("writable", memory->isWritable());
  result.Set("owners", static_cast<double>(memory.use_count()));
  return result;
}

struct BufferOwner {
  MemoryPtr memory;
  std::weak_ptr<Table> table;
};

// buffer(memory: Memory): ArrayBuffer
Napi::Value buffer(const Info& info) {
  const MemoryHolder& holder = holderFrom(info[0]);
  if (holder.pin) throw internalError("a wrapped array has its own buffer");
  const std::shared_ptr<Table> table = tableOf(info.Env());
  Entry& entry = table->entries[holder.memory->id()];
  if (const napi_value known = table->bufferOf(entry)) return {info.Env(), known};
  table->forgetBuffer(entry);
  auto owner = std::make_unique<BufferOwner>(BufferOwner{holder.memory, table});
  napi_value made = nullptr;
  const auto last = [](napi_env, void*, void* hint) {
    const std::unique_ptr<BufferOwner> ending(static_cast<BufferOwner*>(hint));
    if (const auto all = ending->table.lock()) all->settle(ending->memory->id());
  };
  const napi_status status = napi_create_external_arraybuffer(info.Env(), holder.memory->data(), holder.memory->bytes(), last,
                                                              owner.get(), &made);
  if (status == napi_no_external_buffers_allowed)
    throw Error(Code::Unsupported, "this runtime allows no arrays over native memory");
  if (status != napi_ok) throw Error(Code::Memory, "no array can be made over this memory");
  owner.release();
  napi_create_reference(info.Env(), made, 0, &entry.buffer);
  table->report(entry, false);
  return {info.Env(), made};
}

// release(memory: Memory): void
Napi::Value release(const Info& info) {
  if (!info[0].IsExternal()) throw invalidArgument("memory must be an owner of native memory");
  info[0].As<Napi::External<MemoryHolder>>().Data()->end(true);
  return info.Env().Undefined();
}

// share(memory: Memory): Memory
Napi::Value share(const Info& info) {
  const MemoryHolder& holder = holderFrom(info[0]);
  return hold(info.Env(), holder.memory, holder.pin, Reported::No);
}

}  // namespace

MemoryPtr memoryFrom(const Napi::Value& value) {
  const MemoryHolder& holder = holderFrom(value);
  if (holder.pin) checkAttached(*holder.pin);
  return holder.memory;
}

Napi::Value toJs(Napi::Env env, MemoryPtr memory) { return hold(env, std::move(memory), nullptr, Reported::Yes); }

View viewFrom(const Napi::Value& value) {
  if (!value.IsObject()) throw invalidArgument("a view must be an object");
  const auto object = value.As<Napi::Object>();
  View view;
  view.memory = memoryFrom(object.Get("memory"));
  const std::int64_t dtype = integerFrom(object.Get("dtype"), "dtype");
  if (dtype < 0 || dtype >= kDTypes) throw invalidArgument("dtype must be in [0, 9]");
  view.dtype = static_cast<DType>(dtype);
  view.rank = listFrom(object.Get("shape"), "shape", view.shape);
  if (listFrom(object.Get("strides"), "strides", view.strides) != view.rank)
    throw invalidArgument("strides must have one value per axis");
  view.data = view.memory->data() + integerFrom(object.Get("offset"), "offset");
  if (!isInside(view)) throw Error(Code::OutOfBounds, "a view must lie inside its memory");
  return view;
}

void exportMemory(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name, Napi::Value (*call)(const Info&)) {
    exports.Set(name, Napi::Function::New(
                          env, [call](const Info& info) { return guarded(info.Env(), [&] { return call(info); }); }, name));
  };
  add("allocate", allocateMemory);
  add("wrap", wrap);
  add("mapFile", mapFileMemory);
  add("memoryInfo", memoryInfo);
  add("buffer", buffer);
  add("release", release);
  add("share", share);
  exportVoxelCalls(env, exports);
}

}  // namespace voxline
