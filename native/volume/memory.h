#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "volume/file_watch.h"

namespace voxline {

class Memory;
using MemoryPtr = std::shared_ptr<Memory>;

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
  // Whether its pages are those of a user's file.
  bool isFile() const { return watch_ != nullptr; }
  // Throws Error{Io} once the file it maps has been cut short. Asked before voxels are touched, and after.
  void checkIntact() const {
    if (watch_) watch_->check();
  }
  // Unique in the process and never reused.
  std::uint64_t id() const { return id_; }

  // Whether its pages lie in a scratch file.
  virtual bool isScratch() const { return false; }

  // For whoever is about to write all of a range: where nothing was stored yet the system is asked for huge
  // pages. Any thread that has a WriteHold.
  virtual void prepare(std::byte* from, std::size_t bytes);

  // Threads (and open handles, through which others may come) whose JavaScript may write to this memory.
  void addThread() { ++threads_; }
  void removeThread() { --threads_; }

 protected:
  Memory(std::byte* data, std::size_t bytes, bool writable);

  // A copy of `bytes` bytes from `begin` on that neither side's later writes reach; no native writer is at
  // work. Copies all.
  virtual MemoryPtr snapshot(std::size_t begin, std::size_t bytes);
  bool isOneThreads() const { return threads_ <= 1; }

  std::byte* data_;
  std::size_t bytes_;
  bool writable_;
  // Ends before the pages are given back.
  std::unique_ptr<FileWatch> watch_;

 private:
  friend class WriteHold;
  friend MemoryPtr snapshotOf(const MemoryPtr&, std::size_t, std::size_t);

  std::uint64_t id_;
  std::atomic<int> threads_{0};
  std::atomic<int> writers_{0};
  std::mutex snapshotting_;
};

// Background work that writes to a memory. Made on the thread that asks for the work, so that a snapshot
// asked for afterwards is refused; whoever does the work calls `begin` first, which waits while another
// thread takes a snapshot.
class WriteHold {
 public:
  explicit WriteHold(MemoryPtr memory) : memory_(std::move(memory)) { ++memory_->writers_; }
  WriteHold(WriteHold&& other) noexcept = default;
  WriteHold& operator=(WriteHold&&) = delete;
  ~WriteHold() {
    if (memory_) --memory_->writers_;
  }
  void begin() const { const std::lock_guard wait(memory_->snapshotting_); }

 private:
  MemoryPtr memory_;
};

// What the bytes are now, in memory that shares its pages with `memory` until either side writes to them, or
// in a copy. Throws Error{Unsupported} while there is a WriteHold, Error{OutOfBounds}, Error{Memory}.
MemoryPtr snapshotOf(const MemoryPtr& memory, std::size_t begin, std::size_t bytes);

enum class Fill { Zero, None };

// Heap memory from the process's pool: aligned to 64 bytes (to 2 MiB and huge-page advised from 2 MiB on).
// Fill::None hands out whatever the pool has and is for buffers that are written whole before anyone reads them.
// Throws Error{Code::Memory}.
MemoryPtr allocate(std::size_t bytes, Fill fill);

// The same for volumes: large ones are made of pages that snapshots can share, or lie in scratch files where those are asked for.
MemoryPtr allocateShareable(std::size_t bytes, Fill fill);

// Memory owned by somebody else (a caller's typed array); `release` runs once, when the last owner goes, on that owner's thread.
MemoryPtr wrapForeign(std::byte* data, std::size_t bytes, std::function<void()> release);

// Addresses without memory, its own for each, for plans that nobody runs: bytes there can be neither read nor written.
MemoryPtr imagine(std::size_t bytes);

// What a memory-mapped file allows, in NumPy's letters: r (read only), r+ (shared), c (copy on write).
enum class MapMode { Read, ReadWrite, CopyOnWrite };

// Maps bytes [offset, offset + bytes) of a file; data() points at `offset`. Throws Error{Code::Io} naming the file.
MemoryPtr mapFile(const std::string& path, MapMode mode, std::uint64_t offset, std::size_t bytes);

// Where volumes go that would take the memory in use above `above` bytes: files in `folder` that have no name and go with
// their memory. An empty folder: nowhere, the initial state. For the whole process.
struct ScratchFiles {
  std::string folder;
  std::size_t above = 0;
};
ScratchFiles scratchFiles();
// Throws Error{Io} when no file can be made in the folder.
void setScratchFiles(ScratchFiles files);

struct MemoryCounters {
  std::size_t live = 0;    // bytes of heap memory in use
  std::size_t pooled = 0;  // bytes kept for reuse
  std::size_t mapped = 0;  // bytes of mapped files
  std::size_t scratch = 0; // bytes of scratch files
  std::size_t moved = 0;   // of `live`: pages written after a snapshot and moved by a later one
  std::size_t peak = 0;    // greatest `live` so far
  std::size_t count = 0;   // live Memory objects of every kind
};
MemoryCounters memoryCounters();
// Greatest number of bytes the pool keeps for reuse; more than that is returned to the system at once.
void setPoolLimit(std::size_t bytes);
void trimPool();

}  // namespace voxline
