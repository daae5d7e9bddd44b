#include "kernel/registry.h"

#include <algorithm>
#include <vector>

namespace voxline {
namespace {

struct Record {
  const KernelInfo* info;
  Level lowest;
  std::vector<KernelEntry> entries;
};

// Both lists in the order of the names.
struct Registry {
  std::vector<Record> records;
  std::vector<const KernelInfo*> infos;
};

// Registrations of other files run before main in any order, so the lists are made by whoever comes first.
Registry& registry() {
  static Registry all;
  return all;
}

const Record* recordOf(std::string_view name) {
  for (const Record& record : registry().records)
    if (record.info->name == name) return &record;
  return nullptr;
}

const KernelEntry* findEntry(const KernelInfo& info, Level level, DType in, DType out) {
  if (const Record* record = recordOf(info.name))
    for (const KernelEntry& entry : record->entries)
      if (entry.level == level && entry.in == in && entry.out == out) return &entry;
  return nullptr;
}

}  // namespace

KernelRegistration::KernelRegistration(const KernelInfo& info, std::span<const KernelEntry> entries) {
  if (entries.empty()) return;
  auto& [records, infos] = registry();
  const Level level = entries.front().level;
  const auto place =
      std::lower_bound(records.begin(), records.end(), info.name,
                       [](const Record& record, std::string_view name) { return record.info->name < name; });
  const auto slot = infos.begin() + (place - records.begin());
  if (place == records.end() || place->info->name != info.name) {
    records.insert(place, Record{&info, level, {entries.begin(), entries.end()}});
    infos.insert(slot, &info);
    return;
  }
  place->entries.insert(place->entries.end(), entries.begin(), entries.end());
  // The functions behind a KernelInfo are code of its level: the lowest one's run on every machine.
  if (level < place->lowest) {
    place->lowest = level;
    place->info = *slot = &info;
  }
}

std::span<const KernelInfo* const> kernels() { return registry().infos; }

const KernelInfo* findKernel(std::string_view name) {
  const Record* record = recordOf(name);
  return record ? record->info : nullptr;
}

std::vector<TypePair> typesOf(const KernelInfo& info) {
  std::vector<TypePair> types;
  if (const Record* record = recordOf(info.name))
    for (const KernelEntry& entry : record->entries)
      if (entry.level == record->lowest) types.push_back({entry.in, entry.out});
  return types;
}

RunKernel findRun(const KernelInfo& info, Level level, DType in, DType out) {
  const KernelEntry* entry = findEntry(info, level, in, out);
  return entry ? entry->run : nullptr;
}

const KernelEntry* findRegionEntry(const KernelInfo& info, Level level, DType in, DType out) {
  return findEntry(info, level, in, out);
}

std::vector<Level> builtLevels() {
  std::vector<Level> levels;
  for (const Record& record : registry().records)
    for (const KernelEntry& entry : record.entries)
      if (std::find(levels.begin(), levels.end(), entry.level) == levels.end()) levels.push_back(entry.level);
  std::sort(levels.begin(), levels.end());
  return levels;
}

}  // namespace voxline
