#include "binding/memory_table.h"

#include "binding/environment.h"

namespace voxline {

std::shared_ptr<MemoryTable> MemoryTable::of(Napi::Env env) {
  std::shared_ptr<void>& slot = Environment::of(env).memoryTable;
  if (!slot) slot = std::make_shared<MemoryTable>(env);
  return std::static_pointer_cast<MemoryTable>(slot);
}

namespace {

void leave(const MemoryEntry& entry) {
  if (const MemoryPtr memory = entry.memory.lock()) memory->removeThread();
}

}  // namespace

MemoryTable::~MemoryTable() {
  for (auto& [id, entry] : entries_) {
    forgetBuffer(entry);
    leave(entry);
  }
}

void MemoryTable::add(const MemoryPtr& memory, std::size_t bytes) {
  const auto [found, isNew] = entries_.try_emplace(memory->id());
  MemoryEntry& entry = found->second;
  if (isNew) {
    entry.memory = memory;
    memory->addThread();
  }
  if (!entry.reported && bytes != 0) entry.bytes = bytes;
  ++entry.holders;
  report(entry, bufferOf(entry) == nullptr);
}

void MemoryTable::remove(std::uint64_t id, bool detaches) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  MemoryEntry& entry = found->second;
  if (--entry.holders == 0 && detaches) {
    const napi_value buffer = bufferOf(entry);
    const bool isDetached = buffer && napi_detach_arraybuffer(env_, buffer) == napi_ok;
    // Nobody reaches the memory through it any more; its finalizer would come a turn later.
    if (const auto owner = entry.bufferOwner.lock(); owner && isDetached) owner->reset();
    forgetBuffer(entry);
  }
  settle(id);
}

napi_value MemoryTable::buffer(std::uint64_t id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : bufferOf(found->second);
}

void MemoryTable::keepBuffer(std::uint64_t id, napi_value buffer, const std::shared_ptr<MemoryPtr>& owner) {
  MemoryEntry& entry = entries_[id];
  forgetBuffer(entry);
  entry.bufferOwner = owner;
  napi_create_reference(env_, buffer, 0, &entry.buffer);
  report(entry, false);
}

void MemoryTable::settle(std::uint64_t id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  MemoryEntry& entry = found->second;
  const bool exported = bufferOf(entry) != nullptr;
  if (!exported) forgetBuffer(entry);
  report(entry, entry.holders > 0 && !exported);
  if (entry.holders > 0 || exported) return;
  leave(entry);
  entries_.erase(found);
}

napi_value MemoryTable::bufferOf(const MemoryEntry& entry) const {
  napi_value value = nullptr;
  if (entry.buffer) napi_get_reference_value(env_, entry.buffer, &value);
  return value;
}

void MemoryTable::report(MemoryEntry& entry, bool wanted) const {
  if (entry.reported == wanted || entry.bytes == 0) return;
  entry.reported = wanted;
  const auto bytes = static_cast<std::int64_t>(entry.bytes);
  std::int64_t total = 0;
  napi_adjust_external_memory(env_, wanted ? bytes : -bytes, &total);
}

void MemoryTable::forgetBuffer(MemoryEntry& entry) const {
  if (entry.buffer) napi_delete_reference(env_, entry.buffer);
  entry.buffer = nullptr;
}

}  // namespace voxline
