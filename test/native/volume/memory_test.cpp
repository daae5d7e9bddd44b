#include "volume/memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "support/check.h"

using namespace voxline;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

// An empty pool with a limit of its own; both are put back.
struct PoolOf {
  explicit PoolOf(std::size_t limit) {
    trimPool();
    setPoolLimit(limit);
  }
  ~PoolOf() {
    trimPool();
    setPoolLimit(256 * kMiB);
  }
};

bool isZero(const MemoryPtr& memory) {
  const auto* begin = memory->data();
  return std::all_of(begin, begin + memory->bytes(), [](std::byte b) { return b == std::byte{0}; });
}

std::size_t residentBytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  unsigned long total = 0, resident = 0;
  const int read = std::fscanf(file, "%lu %lu", &total, &resident);
  std::fclose(file);
  return read == 2 ? resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) : 0;
}

struct File {
  std::string path;
  explicit File(const std::string& bytes) : path("/tmp/voxline-map-" + std::to_string(getpid())) {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    std::fwrite(bytes.data(), 1, bytes.size(), file);
    std::fclose(file);
  }
  ~File() { std::remove(path.c_str()); }
  std::string contents() const {
    std::FILE* file = std::fopen(path.c_str(), "rb");
    std::string bytes(100'000, 0);
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
    std::fclose(file);
    return bytes;
  }
};

std::string countedBytes(std::size_t n) {
  std::string bytes(n, 0);
  for (std::size_t k = 0; k < n; ++k) bytes[k] = static_cast<char>(k * 31 + (k >> 8));
  return bytes;
}

}  // namespace

TEST(memory_is_aligned_and_zeroed_when_asked_also_when_reused) {
  const PoolOf pool(64 * kMiB);
  for (const std::size_t bytes :
       {std::size_t{1}, std::size_t{100}, 64 * kMiB / 1024, 3 * kMiB + 17, 5 * kMiB + 1}) {
    for (int round = 0; round < 3; ++round) {
      const MemoryPtr memory = allocate(bytes, Fill::Zero);
      CHECK_EQUAL(memory->bytes(), bytes);
      CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(memory->data()) % (bytes >= 4 * kMiB ? 2 * kMiB : 64), 0u);
      CHECK(memory->isWritable());
      CHECK(isZero(memory));
      std::memset(memory->data(), 0xab, bytes);
    }
  }
}

TEST(no_two_memories_ever_share_an_id) {
  const auto first = allocate(10, Fill::None)->id();
  const auto second = allocate(10, Fill::None)->id();
  CHECK(second > first);
}

TEST(counters_follow_every_allocation_exactly) {
  const PoolOf pool(8 * kMiB);
  const MemoryCounters before = memoryCounters();
  MemoryPtr small = allocate(1000, Fill::None);
  MemoryPtr large = allocate(kMiB + 1, Fill::None);
  MemoryCounters now = memoryCounters();
  CHECK_EQUAL(now.live, before.live + 1000 + kMiB + 1);
  CHECK_EQUAL(now.count, before.count + 2);
  CHECK(now.peak >= now.live);
  large.reset();
  now = memoryCounters();
  CHECK_EQUAL(now.live, before.live + 1000);
  CHECK_EQUAL(now.pooled, kMiB + 4096);
  small.reset();
  CHECK_EQUAL(memoryCounters().live, before.live);
  CHECK_EQUAL(memoryCounters().count, before.count);
}

TEST(a_freed_block_serves_a_request_up_to_a_quarter_smaller) {
  const PoolOf pool(64 * kMiB);
  const auto* block = allocate(5 * kMiB, Fill::None)->data();
  CHECK_EQUAL(memoryCounters().pooled, 5 * kMiB);
  const MemoryPtr again = allocate(4 * kMiB, Fill::None);
  CHECK(again->data() == block);
  CHECK_EQUAL(again->bytes(), 4 * kMiB);
  CHECK_EQUAL(memoryCounters().pooled, 0u);
}

TEST(a_request_that_no_kept_block_serves_gives_as_much_back_to_the_system) {
  const PoolOf pool(64 * kMiB);
  {
    const MemoryPtr a = allocate(2 * kMiB, Fill::None), b = allocate(3 * kMiB, Fill::None),
                    c = allocate(9 * kMiB, Fill::None);
  }
  CHECK_EQUAL(memoryCounters().pooled, 14 * kMiB);
  const MemoryPtr d = allocate(kMiB, Fill::None);
  CHECK_EQUAL(memoryCounters().pooled, 13 * kMiB);
  const MemoryPtr e = allocate(20 * kMiB, Fill::None);
  CHECK_EQUAL(memoryCounters().pooled, 0u);
}

TEST(a_block_that_lost_pages_serves_on_and_asks_for_them_like_any_request) {
  const PoolOf pool(64 * kMiB);
  const std::byte* block = nullptr;
  {
    const MemoryPtr a = allocate(16 * kMiB, Fill::None), b = allocate(9 * kMiB, Fill::None);
    std::memset(b->data(), 1, b->bytes());
    block = b->data();
  }
  const std::size_t full = residentBytes();
  const MemoryPtr c = allocate(4 * kMiB, Fill::None);
  CHECK_EQUAL(memoryCounters().pooled, 20 * kMiB);
  CHECK(residentBytes() + 3 * kMiB < full);
  const MemoryPtr d = allocate(9 * kMiB, Fill::None);
  CHECK(d->data() == block);
  CHECK_EQUAL(memoryCounters().pooled, 10 * kMiB);
}

TEST(the_pool_keeps_no_more_than_its_limit_and_drops_the_oldest) {
  const PoolOf pool(6 * kMiB);
  {
    const MemoryPtr a = allocate(2 * kMiB, Fill::None), b = allocate(3 * kMiB, Fill::None),
                    big = allocate(7 * kMiB, Fill::None);
  }
  CHECK_EQUAL(memoryCounters().pooled, 5 * kMiB);
  // 3 MiB was freed before 2 MiB, so it goes first.
  { const MemoryPtr c = allocate(kMiB + kMiB / 2, Fill::None); }
  CHECK_EQUAL(memoryCounters().pooled, 3 * kMiB + kMiB / 2);
  setPoolLimit(0);
  CHECK_EQUAL(memoryCounters().pooled, 0u);
}

TEST(trimming_returns_idle_memory_to_the_system) {
  const PoolOf pool(64 * kMiB);
  {
    const MemoryPtr memory = allocate(48 * kMiB, Fill::None);
    std::memset(memory->data(), 1, memory->bytes());
  }
  const std::size_t full = residentBytes();
  trimPool();
  CHECK_EQUAL(memoryCounters().pooled, 0u);
  CHECK(residentBytes() + 40 * kMiB < full);
}

TEST(an_impossible_size_is_a_memory_error_with_its_bytes) {
  for (const std::size_t bytes : {std::size_t{1} << 60, SIZE_MAX - 5, SIZE_MAX / 2 + 1}) {
    const MemoryCounters before = memoryCounters();
    try {
      allocate(bytes, Fill::Zero);
      CHECK(false);
    } catch (const Error& error) {
      CHECK(error.code() == Code::Memory);
      CHECK_EQUAL(error.details().at(0).first, "bytes");
      CHECK_EQUAL(std::get<double>(error.details().at(0).second), static_cast<double>(bytes));
    }
    CHECK_EQUAL(memoryCounters().live, before.live);
    CHECK_EQUAL(memoryCounters().count, before.count);
  }
}

TEST(threads_share_the_pool) {
  const PoolOf pool(4 * kMiB);
  const MemoryCounters before = memoryCounters();
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&wrong, t] {
      for (int k = 0; k < 200; ++k) {
        const MemoryPtr memory =
            allocate(65536 + static_cast<std::size_t>(k % 7) * 20000, k % 2 ? Fill::Zero : Fill::None);
        const std::byte mark{static_cast<unsigned char>(t + 1)};
        if (k % 2 && memory->data()[100] != std::byte{0}) ++wrong;
        std::memset(memory->data(), int(mark), memory->bytes());
        if (memory->data()[65535] != mark) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK_EQUAL(wrong.load(), 0);
  CHECK_EQUAL(memoryCounters().live, before.live);
  CHECK(memoryCounters().pooled <= 4 * kMiB);
}

TEST(foreign_memory_is_released_once_by_its_last_owner) {
  std::byte bytes[16];
  int released = 0;
  MemoryPtr first = wrapForeign(bytes, 16, [&] { ++released; });
  MemoryPtr second = first;
  first.reset();
  CHECK_EQUAL(released, 0);
  CHECK(second->data() == bytes);
  second.reset();
  CHECK_EQUAL(released, 1);
}

TEST(imagined_memories_lie_apart_and_take_nothing) {
  const MemoryCounters before = memoryCounters();
  const MemoryPtr first = imagine(std::size_t{1} << 50), second = imagine(1), third = imagine(3 * kMiB);
  CHECK_EQUAL(first->bytes(), std::size_t{1} << 50);
  CHECK(second->data() >= first->data() + first->bytes());
  CHECK(third->data() >= second->data() + 1);
  CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(third->data()) % (2 * kMiB), 0u);
  CHECK_EQUAL(memoryCounters().live, before.live);
}

TEST(a_map_starts_at_any_offset) {
  const std::string bytes = countedBytes(20'000);
  const File file(bytes);
  for (const std::size_t offset : {0, 1, 352, 4096, 9999}) {
    const MemoryPtr map = mapFile(file.path, MapMode::Read, offset, 5001);
    CHECK_EQUAL(map->bytes(), 5001u);
    CHECK(std::memcmp(map->data(), bytes.data() + offset, 5001) == 0);
    CHECK_EQUAL(memoryCounters().mapped, 5001u);
  }
  CHECK_EQUAL(memoryCounters().mapped, 0u);
}

TEST(stores_reach_the_file_through_a_shared_map_only) {
  const std::string bytes = countedBytes(9'000);
  const File file(bytes);
  const MemoryPtr read = mapFile(file.path, MapMode::Read, 100, 50);
  const MemoryPtr copy = mapFile(file.path, MapMode::CopyOnWrite, 100, 50);
  CHECK(!read->isWritable());
  CHECK(copy->isWritable());
  read->data()[0] = copy->data()[0] = std::byte{0x77};
  CHECK(file.contents() == bytes);
  MemoryPtr shared = mapFile(file.path, MapMode::ReadWrite, 100, 50);
  CHECK(shared->isWritable());
  shared->data()[49] = std::byte{0x55};
  shared.reset();
  CHECK_EQUAL(file.contents()[149], 0x55);
  CHECK_EQUAL(file.contents().size(), bytes.size());
}

TEST(a_map_beyond_the_end_of_its_file_is_an_io_error) {
  const File file(countedBytes(1000));
  CHECK_THROWS(Code::Io, mapFile(file.path, MapMode::Read, 0, 1001));
  CHECK_THROWS(Code::Io, mapFile(file.path, MapMode::Read, 1000, 1));
  CHECK_THROWS(Code::Io, mapFile(file.path, MapMode::Read, UINT64_MAX - 3, 10));
  CHECK_THROWS(Code::Io, mapFile(file.path, MapMode::Read, 0, 0));
  CHECK_THROWS(Code::Io, mapFile("/tmp", MapMode::Read, 0, 1));
  CHECK_THROWS(Code::Io, mapFile(file.path + ".missing", MapMode::CopyOnWrite, 0, 1));
  CHECK_EQUAL(mapFile(file.path, MapMode::ReadWrite, 999, 1)->bytes(), 1u);
}
