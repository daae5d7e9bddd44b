#include "binding/memory_table.h"

#include "binding/environment.h"

namespace voxline {

std::shared_ptr<MemoryTable> MemoryTable::of(Napi::Env env) {
  std::shared_ptr<void>& slot = Environment::of(env).memoryTable;
  if (!slot) slot = std::make_shared<MemoryTable>(env);
  return std::static_pointer_cast<MemoryTable>(slot);
}

MemoryTable::~MemoryTable() {
  for (auto& [id, entry] : entries_) forgetBuffer(entry);
}

void MemoryTable::add(std::uint64_t id, std::size_t bytes) {
  MemoryEntry& entry = entries_[id];
  if (!entry.reported && bytes != 0) entry.bytes = bytes;
  ++entry.holders;
  report(entry, bufferOf(entry) == nullptr);
}

void MemoryTable::remove(std::uint64_t id, bool detaches) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  MemoryEntry& entry = found->second;
  if (--entry.holders == 0 && detaches) {
    if (const napi_value buffer = bufferOf(entry)) napi_detach_arraybuffer(env_, buffer);
    forgetBuffer(entry);
  }
  settle(id);
}

napi_value MemoryTable::buffer(std::uint64_t id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : bufferOf(found->second);
}

void MemoryTable::keepBuffer(std::uint64_t id, napi_value buffer) {
  MemoryEntry& entry = entries_[id];
  forgetBuffer(entry);
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
  if (entry.holders == 0 && !exported) entries_.erase(found);
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
