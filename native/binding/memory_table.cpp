#include "binding/memory_table.h"

#include <cstdlib>

#include "binding/environment.h"

namespace voxline {

std::shared_ptr<MemoryTable> MemoryTable::of(Napi::Env env) {
  std::shared_ptr<void>& slot = Environment::of(env).memoryTable;
  if (!slot) slot = std::make_shared<MemoryTable>(env);
  return std::static_pointer_cast<MemoryTable>(slot);
}

namespace {

// V8 collects garbage whenever 64 MiB more are reported than after the last time: results that are disposed of in time, one after
// another, would each cost more than the run that made it.
constexpr std::int64_t kLeastReport = std::int64_t{128} << 20;

void leave(const MemoryEntry& entry) {
  if (const MemoryPtr memory = entry.memory.lock()) memory->removeThread();
}

}  // namespace

MemoryTable::~MemoryTable() {
  for (auto& [id, entry] : entries_) {
    forgetBuffers(entry);
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
  report(entry, countOf(entry) == 0);
}

void MemoryTable::remove(std::uint64_t id, bool detaches) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  MemoryEntry& entry = found->second;
  if (--entry.holders == 0 && detaches) {
    for (const ExportedBuffer& exported : entry.buffers) {
      const napi_value buffer = valueOf(exported);
      const bool isDetached = buffer && napi_detach_arraybuffer(env_, buffer) == napi_ok;
      // Nobody reaches the memory through it any more; its finalizer would come a turn later.
      if (const auto owner = exported.owner.lock(); owner && isDetached) owner->reset();
    }
    forgetBuffers(entry);
  }
  settle(id);
}

napi_value MemoryTable::buffer(std::uint64_t id, Stretch stretch) const {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return nullptr;
  for (const ExportedBuffer& exported : found->second.buffers)
    if (exported.stretch == stretch)
      if (const napi_value value = valueOf(exported)) return value;
  return nullptr;
}

int MemoryTable::bufferCount(std::uint64_t id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? 0 : countOf(found->second);
}

void MemoryTable::keepBuffer(std::uint64_t id, Stretch stretch, napi_value buffer,
                             const std::shared_ptr<MemoryPtr>& owner) {
  MemoryEntry& entry = entries_[id];
  forgetCollected(entry);
  napi_ref reference = nullptr;
  napi_create_reference(env_, buffer, 0, &reference);
  entry.buffers.push_back({stretch, reference, owner});
  report(entry, false);
}

void MemoryTable::settle(std::uint64_t id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  MemoryEntry& entry = found->second;
  forgetCollected(entry);
  const bool exported = !entry.buffers.empty();
  report(entry, entry.holders > 0 && !exported);
  if (entry.holders > 0 || exported) return;
  leave(entry);
  entries_.erase(found);
}

napi_value MemoryTable::valueOf(const ExportedBuffer& buffer) const {
  napi_value value = nullptr;
  if (buffer.reference) napi_get_reference_value(env_, buffer.reference, &value);
  return value;
}

int MemoryTable::countOf(const MemoryEntry& entry) const {
  int count = 0;
  for (const ExportedBuffer& exported : entry.buffers) count += valueOf(exported) ? 1 : 0;
  return count;
}

void MemoryTable::report(MemoryEntry& entry, bool wanted) {
  if (entry.reported == wanted || entry.bytes == 0) return;
  entry.reported = wanted;
  const auto bytes = static_cast<std::int64_t>(entry.bytes);
  unreported_ += wanted ? bytes : -bytes;
  if (std::abs(unreported_) < kLeastReport) return;
  std::int64_t total = 0;
  napi_adjust_external_memory(env_, unreported_, &total);
  unreported_ = 0;
}

void MemoryTable::forgetBuffers(MemoryEntry& entry) const {
  for (const ExportedBuffer& exported : entry.buffers)
    if (exported.reference) napi_delete_reference(env_, exported.reference);
  entry.buffers.clear();
}

void MemoryTable::forgetCollected(MemoryEntry& entry) const {
  std::erase_if(entry.buffers, [&](const ExportedBuffer& exported) {
    if (valueOf(exported)) return false;
    if (exported.reference) napi_delete_reference(env_, exported.reference);
    return true;
  });
}

}  // namespace voxline
