#include "binding/memory.h"

#include <cmath>

#include "binding/environment.h"
#include "binding/errors.h"
#include "binding/external.h"
#include "binding/memory_table.h"
#include "binding/sharing.h"
#include "binding/values.h"
#include "binding/voxel_calls.h"

namespace voxline {
namespace {

using Info = Napi::CallbackInfo;

// A caller's typed array, kept from collection; destroyed on the environment's thread. A detached buffer
// shows when it is looked at.
struct Pin {
  Napi::ObjectReference array;
  std::byte* data = nullptr;
  std::size_t bytes = 0;
};

// One owner as JavaScript holds it: behind a Napi::External.
struct MemoryHolder {
  MemoryPtr memory;
  std::shared_ptr<Pin> pin;
  std::weak_ptr<MemoryTable> table;

  // Ends the owner; by `release` the last one of the environment detaches the ArrayBuffer, by collection it
  // does not.
  void end(bool detaches) {
    if (!memory) return;
    if (const auto all = table.lock()) all->remove(memory->id(), detaches);
    memory.reset();
    pin.reset();
  }
};

// `reported` bytes are made known to the garbage collector.
Napi::Value hold(Napi::Env env, MemoryPtr memory, std::shared_ptr<Pin> pin, std::size_t reported) {
  const std::shared_ptr<MemoryTable> table = MemoryTable::of(env);
  table->add(memory, reported);
  std::unique_ptr<MemoryHolder> holder(new MemoryHolder{std::move(memory), std::move(pin), table});
  return externalOf<MemoryHolder>(env, std::move(holder), [](Napi::Env, MemoryHolder& last) { last.end(false); });
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
  const napi_status status =
      napi_get_typedarray_info(array.Env(), array, &type, &length, &data, nullptr, nullptr);
  if (status != napi_ok || static_cast<std::size_t>(type) >= std::size(kSizes))
    throw invalidArgument("array must be a typed array of integers or of 32- or 64-bit floats");
  return {static_cast<std::byte*>(data), length * kSizes[type]};
}

void checkAttached(const Pin& pin) {
  const ArrayBytes now = bytesOf(pin.array.Value());
  if (now.data != pin.data || now.bytes != pin.bytes)
    throw invalidArgument("the wrapped array's buffer has been detached");
}

std::size_t bytesFrom(const Napi::Value& value) {
  const std::int64_t bytes = integerFrom(value, "bytes");
  if (bytes < 1) throw invalidArgument("bytes must be at least 1");
  return static_cast<std::size_t>(bytes);
}

int listFrom(const Napi::Value& value, const char* name, Index& items) {
  const std::uint32_t count = value.IsArray() ? value.As<Napi::Array>().Length() : 0;
  if (count < 1 || count > kMaxRank)
    throw invalidArgument(std::string(name) + " must be a list of 1 to 9 integers");
  for (std::uint32_t k = 0; k < count; ++k) items[k] = integerFrom(value.As<Napi::Array>().Get(k), name);
  return static_cast<int>(count);
}

// allocate(bytes: number, zero: boolean): Memory
Napi::Value allocateMemory(const Info& info) {
  return toJs(info.Env(), allocateShareable(bytesFrom(info[0]), info[1].ToBoolean() ? Fill::Zero : Fill::None));
}

// imagine(bytes: number): Memory
Napi::Value imagineMemory(const Info& info) { return hold(info.Env(), imagine(bytesFrom(info[0])), nullptr, 0); }

// Destroys a pin where it may be: the last owner can go on any thread, and after the environment.
void unpin(Environment& environment, const std::weak_ptr<MemoryTable>& table, std::shared_ptr<Pin> pin) {
  const std::shared_ptr<MemoryTable> all = table.lock();
  if (!all) return pin->array.SuppressDestruct();
  if (all->isHere()) return pin.reset();
  environment.dispose(std::move(pin));
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
  const std::weak_ptr<MemoryTable> table = MemoryTable::of(info.Env());
  MemoryPtr memory = wrapForeign(bytes.data, bytes.bytes, [&environment, table, pin]() mutable {
    unpin(environment, table, std::move(pin));
  });
  return hold(info.Env(), std::move(memory), pin, 0);
}

// mapFile(path: string, mode: string, offset: number, bytes: number): Memory
Napi::Value mapFileMemory(const Info& info) {
  const std::string path = info[0].ToString(), mode = info[1].ToString();
  const std::int64_t offset = integerFrom(info[2], "offset");
  if (offset < 0) throw invalidArgument("offset must be at least 0");
  if (mode != "r" && mode != "r+" && mode != "c") throw invalidArgument("mode must be r, r+ or c");
  const MapMode chosen = mode == "r"   ? MapMode::Read
                         : mode == "c" ? MapMode::CopyOnWrite
                                       : MapMode::ReadWrite;
  return hold(info.Env(), mapFile(path, chosen, static_cast<std::uint64_t>(offset), bytesFrom(info[3])),
              nullptr, 0);
}

// memoryInfo(memory: Memory): { id, address, bytes, writable, isFile, scratch, owners, buffers }
Napi::Value memoryInfo(const Info& info) {
  const MemoryPtr& memory = holderFrom(info[0]).memory;
  const Napi::Object result = Napi::Object::New(info.Env());
  result.Set("id", static_cast<double>(memory->id()));
  result.Set("address", static_cast<double>(reinterpret_cast<std::uintptr_t>(memory->data())));
  result.Set("bytes", static_cast<double>(memory->bytes()));
  result.Set("writable", memory->isWritable());
  result.Set("isFile", memory->isFile());
  result.Set("owners", static_cast<double>(memory.use_count()));
  result.Set("scratch", memory->isScratch());
  result.Set("buffers", MemoryTable::of(info.Env())->bufferCount(memory->id()));
  return result;
}

// checkIntact(memory: Memory): void
Napi::Value checkIntact(const Info& info) {
  holderFrom(info[0]).memory->checkIntact();
  return info.Env().Undefined();
}

struct BufferOwner {
  std::shared_ptr<MemoryPtr> memory;
  std::uint64_t id;
  std::weak_ptr<MemoryTable> table;
};

// buffer(memory: Memory, begin?: number, bytes?: number): ArrayBuffer
Napi::Value buffer(const Info& info) {
  const MemoryHolder& holder = holderFrom(info[0]);
  if (holder.pin) throw internalError("a wrapped array has its own buffer");
  holder.memory->checkIntact();
  const Stretch stretch = stretchFrom(info[1], info[2], *holder.memory);
  const std::shared_ptr<MemoryTable> table = MemoryTable::of(info.Env());
  if (const napi_value known = table->buffer(holder.memory->id(), stretch)) return {info.Env(), known};
  auto owner = std::make_unique<BufferOwner>(
      BufferOwner{std::make_shared<MemoryPtr>(holder.memory), holder.memory->id(), table});
  napi_value made = nullptr;
  const auto last = [](napi_env, void*, void* hint) {
    const std::unique_ptr<BufferOwner> ending(static_cast<BufferOwner*>(hint));
    if (const auto all = ending->table.lock()) all->settle(ending->id);
  };
  const napi_status status = napi_create_external_arraybuffer(
      info.Env(), holder.memory->data() + stretch.begin, stretch.bytes, last, owner.get(), &made);
  if (status == napi_no_external_buffers_allowed)
    throw Error(Code::Unsupported, "this runtime allows no arrays over native memory");
  if (status != napi_ok) throw Error(Code::Memory, "no array can be made over this memory");
  table->keepBuffer(holder.memory->id(), stretch, made, owner->memory);
  owner.release();
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
  return hold(info.Env(), holder.memory, holder.pin, 0);
}

// snapshot(memory: Memory, begin: number, bytes: number): Memory
Napi::Value snapshot(const Info& info) {
  const MemoryPtr memory = memoryFrom(info[0]);
  const std::int64_t begin = integerFrom(info[1], "begin");
  if (begin < 0) throw invalidArgument("begin must be at least 0");
  // Of its pages few are its own: the collector would hurry for nothing.
  return hold(info.Env(), snapshotOf(memory, static_cast<std::size_t>(begin), bytesFrom(info[2])), nullptr, 0);
}

}  // namespace

Stretch stretchFrom(const Napi::Value& begin, const Napi::Value& bytes, const Memory& memory) {
  if (begin.IsUndefined()) return {0, memory.bytes()};
  const std::int64_t first = integerFrom(begin, "begin");
  const Stretch stretch{static_cast<std::size_t>(first), bytesFrom(bytes)};
  if (first < 0 || stretch.begin > memory.bytes() || stretch.bytes > memory.bytes() - stretch.begin)
    throw Error(Code::OutOfBounds, "an array must lie inside its memory");
  return stretch;
}

MemoryPtr ownMemoryFrom(const Napi::Value& value, const char* what) {
  const MemoryHolder& holder = holderFrom(value);
  if (holder.pin)
    throw Error(Code::Unsupported, std::string(what) + " needs memory of voxline's own, not a wrapped array: use copy()");
  return holder.memory;
}

MemoryPtr memoryFrom(const Napi::Value& value) {
  const MemoryHolder& holder = holderFrom(value);
  if (holder.pin) checkAttached(*holder.pin);
  holder.memory->checkIntact();
  return holder.memory;
}

Napi::Value toJs(Napi::Env env, MemoryPtr memory) {
  const std::size_t bytes = memory->bytes();
  return hold(env, std::move(memory), nullptr, bytes);
}

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
    exports.Set(
        name,
        Napi::Function::New(
            env, [call](const Info& info) { return guarded(info.Env(), [&] { return call(info); }); }, name));
  };
  add("allocate", allocateMemory);
  add("imagine", imagineMemory);
  add("wrap", wrap);
  add("mapFile", mapFileMemory);
  add("memoryInfo", memoryInfo);
  add("buffer", buffer);
  add("checkIntact", checkIntact);
  add("release", release);
  add("share", share);
  add("snapshot", snapshot);
  exportSharing(env, exports);
  exportVoxelCalls(env, exports);
}

}  // namespace voxline
