#include "binding/sharing.h"

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "binding/errors.h"
#include "binding/memory.h"

namespace voxline {
namespace {

using Info = Napi::CallbackInfo;

// Memory that any thread may ask for by number. An open handle owns it, also when the thread that opened it has gone.
class HandleTable {
 public:
  double open(MemoryPtr memory) {
    const std::lock_guard lock(mutex_);
    memory->addThread();
    memories_.emplace(++last_, std::move(memory));
    return static_cast<double>(last_);
  }

  // Under the lock, so that whoever closes the handle knows of the thread that came by it.
  template <class F>
  Napi::Value use(double id, const F& take) {
    const std::lock_guard lock(mutex_);
    const auto found = memories_.find(static_cast<std::uint64_t>(id));
    if (found == memories_.end()) throw Error(Code::Disposed, "the handle has been closed", {{"id", id}});
    return take(found->second);
  }

  void close(double id) {
    MemoryPtr last;
    const std::lock_guard lock(mutex_);
    const auto found = memories_.find(static_cast<std::uint64_t>(id));
    if (found == memories_.end()) return;
    found->second->removeThread();
    last = std::move(found->second);
    memories_.erase(found);
  }

  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return memories_.size();
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, MemoryPtr> memories_;
  std::uint64_t last_ = 0;
};

// Leaky: threads may end after the process's statics.
HandleTable& handles() {
  static HandleTable& table = *new HandleTable;
  return table;
}

double idFrom(const Napi::Value& value) {
  const double id = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(id >= 0 && id < 9007199254740992.0)) throw invalidArgument("a handle's id must be a number");
  return id;
}

// openHandle(memory: Memory): number
Napi::Value openHandle(const Info& info) {
  return Napi::Number::New(info.Env(), handles().open(ownMemoryFrom(info[0], "a handle")));
}

// fromHandle(id: number): Memory
Napi::Value fromHandle(const Info& info) {
  return handles().use(idFrom(info[0]), [&](const MemoryPtr& memory) { return toJs(info.Env(), memory); });
}

// closeHandle(id: number): void
Napi::Value closeHandle(const Info& info) {
  handles().close(idFrom(info[0]));
  return info.Env().Undefined();
}

// lend(memory: Memory, begin?: number, bytes?: number): ArrayBuffer
Napi::Value lend(const Info& info) {
  const MemoryPtr memory = ownMemoryFrom(info[0], "edit");
  memory->checkIntact();
  const Stretch stretch = stretchFrom(info[1], info[2], *memory);
  napi_value made = nullptr;
  const napi_status status = napi_create_external_arraybuffer(
      info.Env(), memory->data() + stretch.begin, stretch.bytes, [](napi_env, void*, void*) {}, nullptr, &made);
  if (status != napi_ok) throw Error(Code::Unsupported, "this runtime allows no arrays over native memory");
  return {info.Env(), made};
}

// takeBack(buffer: ArrayBuffer): void
Napi::Value takeBack(const Info& info) {
  if (info[0].IsArrayBuffer()) info[0].As<Napi::ArrayBuffer>().Detach();
  return info.Env().Undefined();
}

}  // namespace

std::size_t openHandles() { return handles().size(); }

void exportSharing(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name, Napi::Value (*call)(const Info&)) {
    exports.Set(
        name,
        Napi::Function::New(
            env, [call](const Info& info) { return guarded(info.Env(), [&] { return call(info); }); }, name));
  };
  add("openHandle", openHandle);
  add("fromHandle", fromHandle);
  add("closeHandle", closeHandle);
  add("lend", lend);
  add("takeBack", takeBack);
}

}  // namespace voxline
