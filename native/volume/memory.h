#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace voxline {

// One allocation. Volumes, exported arrays, running plans and handles own it through MemoryPtr; it goes when the last one goes.
class Memory {
 public:
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  virtual ~Memory();

  std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  // False for read-only maps: stores through the library are refused (a private page takes stray ones).
  bool isWritable() const { return writable_; }
  // Unique in the process and never reused.
  std::uint64_t id() const { return id_; }

 protected:
  Memory(std::byte* data, std::size_t bytes, bool writable);

  std::byte* data_;
  std::size_t bytes_;
  bool writable_;

 private:
  std::uint64_t id_;
};

using MemoryPtr = std::shared_ptr<Memory>;

enum class Fill { Zero, None };

// Heap memory from the process's pool: aligned to 64 bytes (to 2 MiB and huge-page advised from 4 MiB on).
// Fill::None hands out whatever the pool has and is for buffers that are written whole before anyone reads them.
// Throws Error{Code::Memory}.
MemoryPtr allocate(std::size_t bytes, Fill fill);

// Memory owned by somebody else (a caller's typed array); `release` runs once, when the last owner goes, on that owner's thread.
MemoryPtr wrapForeign(std::byte* data, std::size_t bytes, std::function<void()> release);

// What a memory-mapped file allows, in NumPy's letters: r (read only), r+ (shared), c (copy on write).
enum class MapMode { Read, ReadWrite, CopyOnWrite };

// Maps bytes [offset, offset + bytes) of a file; data() points at `offset`. Throws Error{Code::Io} naming the file.
MemoryPtr mapFile(const std::string& path, MapMode mode, std::uint64_t offset, std::size_t bytes);

struct MemoryCounters {
  std::size_t live = 0;    // bytes of heap memory in use
  std::size_t pooled = 0;  // bytes kept for reuse
  std::size_t mapped = 0;  // bytes of mapped files
  std::size_t peak = 0;    // greatest `live` so far
  std::size_t count = 0;   // live Memory objects of every kind
};
MemoryCounters memoryCounters();
// Greatest number of bytes the pool keeps for reuse; more than that is returned to the system at once.
void setPoolLimit(std::size_t bytes);
void trimPool();

}  // namespace voxline
