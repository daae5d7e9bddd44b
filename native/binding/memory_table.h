#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

#include "binding/memory.h"

namespace voxline {

struct ExportedBuffer {
  Stretch stretch;
  napi_ref reference = nullptr;    // weak; the ArrayBuffer holds an owner of its own
  std::weak_ptr<MemoryPtr> owner;  // that one, which ends when the ArrayBuffer is detached
};

// One allocation in one environment.
struct MemoryEntry {
  std::weak_ptr<Memory> memory;  // knows how many environments it has entries in
  std::vector<ExportedBuffer> buffers;
  int holders = 0;
  std::size_t bytes = 0;  // that the garbage collector should know of
  bool reported = false;  // by us, as soon as enough come together: V8 counts the bytes itself while there is an ArrayBuffer
};

// The allocations an environment holds, used on its thread only. It lives as long as the environment.
class MemoryTable {
 public:
  static std::shared_ptr<MemoryTable> of(Napi::Env env);

  explicit MemoryTable(napi_env env) : env_(env) {}
  MemoryTable(const MemoryTable&) = delete;
  MemoryTable& operator=(const MemoryTable&) = delete;
  ~MemoryTable();

  bool isHere() const { return thread_ == std::this_thread::get_id(); }

  // A holder more; `bytes` are reported to the garbage collector unless they are 0.
  void add(const MemoryPtr& memory, std::size_t bytes);
  // A holder less; the last one may detach the ArrayBuffers.
  void remove(std::uint64_t id, bool detaches);

  // The ArrayBuffer over a stretch of `id`; null when there is none.
  napi_value buffer(std::uint64_t id, Stretch stretch) const;
  // How many ArrayBuffers over `id` have not been collected.
  int bufferCount(std::uint64_t id) const;
  void keepBuffer(std::uint64_t id, Stretch stretch, napi_value buffer, const std::shared_ptr<MemoryPtr>& owner);
  // After an ArrayBuffer of `id` has gone.
  void settle(std::uint64_t id);

 private:
  napi_value valueOf(const ExportedBuffer& buffer) const;
  int countOf(const MemoryEntry& entry) const;
  void report(MemoryEntry& entry, bool wanted);
  void forgetBuffers(MemoryEntry& entry) const;
  void forgetCollected(MemoryEntry& entry) const;

  napi_env env_;
  std::thread::id thread_ = std::this_thread::get_id();
  std::int64_t unreported_ = 0;  // bytes more, or fewer, than the garbage collector knows of
  std::unordered_map<std::uint64_t, MemoryEntry> entries_;
};

}  // namespace voxline
