#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/check.h"
#include "volume/memory.h"
#include "volume/paged_memory.h"
#include "volume/written_pages.h"

using namespace voxline;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;
// Not whole pages, nor whole huge pages.
constexpr std::size_t kBytes = 9 * kMiB + 4096 * 3 + 17;

void put(const MemoryPtr& memory, std::size_t at, unsigned char value) {
  memory->data()[at] = std::byte{value};
}
int at(const MemoryPtr& memory, std::size_t place) { return static_cast<int>(memory->data()[place]); }

// A memory and what it must hold.
struct Modelled {
  MemoryPtr memory;
  std::vector<std::byte> expected;

  bool isRight() const {
    return std::memcmp(memory->data(), expected.data(), expected.size()) == 0 &&
           memory->bytes() == expected.size();
  }
};

Modelled modelled(std::size_t bytes) {
  return {allocateShareable(bytes, Fill::Zero), std::vector<std::byte>(bytes)};
}

// Few bytes, often the last of a page or the first of the next; sometimes a stretch of pages.
void scribble(Modelled& on, std::mt19937& random) {
  const std::size_t bytes = on.expected.size(), page = random() % (bytes / 4096);
  const std::size_t start = std::min(bytes - 1, page * 4096 + (random() % 2 ? 4095 : random() % 4096));
  const std::size_t most = random() % 8 == 0 ? 3 * kMiB : random() % 3 + 1;
  const std::size_t length = std::min(most, bytes - start);
  const auto value = static_cast<int>(random() % 255 + 1);
  std::memset(on.memory->data() + start, value, length);
  std::memset(on.expected.data() + start, value, length);
}

}  // namespace

TEST(either_side_of_a_snapshot_keeps_its_writes_to_itself) {
  for (const std::size_t bytes : {std::size_t{1000}, 3 * kMiB, kSharedFrom, kBytes}) {
    const MemoryPtr memory = allocateShareable(bytes, Fill::Zero);
    put(memory, 0, 1);
    put(memory, bytes - 1, 2);
    const std::byte* before = memory->data();
    const MemoryPtr taken = snapshotOf(memory, 0, bytes);
    CHECK(memory->data() == before);
    CHECK_EQUAL(taken->bytes(), bytes);
    CHECK_EQUAL(at(taken, 0), 1);
    CHECK_EQUAL(at(taken, bytes - 1), 2);
    put(memory, 0, 3);
    put(taken, bytes - 1, 4);
    put(memory, bytes / 2, 5);
    CHECK_EQUAL(at(taken, 0), 1);
    CHECK_EQUAL(at(memory, bytes - 1), 2);
    CHECK_EQUAL(at(taken, bytes / 2), 0);
  }
}

TEST(chains_of_writes_snapshots_and_disposals_agree_with_plain_copies) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    std::mt19937 random(seed);
    const std::size_t sizes[] = {kSharedFrom,  kSharedFrom + 1, kBytes,
                                 5 * kMiB - 1, 6 * kMiB + 4096, 4096 * 1025};
    std::vector<Modelled> all;
    all.push_back(modelled(sizes[seed]));
    for (int step = 0; step < 120; ++step) {
      const std::size_t which = random() % all.size();
      const unsigned what = random() % 10;
      if (what < 6) {
        scribble(all[which], random);
      } else if (what < 9) {
        const std::size_t bytes = all[which].expected.size();
        const std::size_t begin = random() % 3 ? 0 : random() % (bytes / 8);
        all.push_back(
            {snapshotOf(all[which].memory, begin, bytes - begin),
             {all[which].expected.begin() + static_cast<std::ptrdiff_t>(begin), all[which].expected.end()}});
      } else if (all.size() > 1) {
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(which));
      }
      if (all.size() > 6) all.erase(all.begin());
      if (step % 8 == 7)
        for (const Modelled& each : all) CHECK(each.isRight());
    }
    for (const Modelled& each : all) CHECK(each.isRight());
  }
}

TEST(a_snapshot_of_a_part_starts_at_any_byte) {
  const MemoryPtr memory = allocateShareable(kBytes, Fill::None);
  for (std::size_t k = 0; k < kBytes; ++k) put(memory, k, static_cast<unsigned char>(k * 7 + k / 4096));
  for (const std::size_t begin : {std::size_t{1}, std::size_t{4096}, 2 * kMiB, 3 * kMiB + 4097}) {
    const MemoryPtr taken = snapshotOf(memory, begin, kBytes - begin - 5);
    CHECK(std::memcmp(taken->data(), memory->data() + begin, taken->bytes()) == 0);
    put(memory, begin + 10, 0);
    put(memory, begin + 10, static_cast<unsigned char>((begin + 10) * 7 + (begin + 10) / 4096));
  }
  CHECK_THROWS(Code::OutOfBounds, snapshotOf(memory, 0, kBytes + 1));
  CHECK_THROWS(Code::OutOfBounds, snapshotOf(memory, kBytes, 1));
}

TEST(a_map_shares_the_pages_of_its_file_with_its_snapshots) {
  const std::string path = "/tmp/voxline-snapshot-" + std::to_string(getpid());
  std::string bytes(kBytes, 0);
  for (std::size_t k = 0; k < kBytes; ++k) bytes[k] = static_cast<char>(k * 31 + (k >> 12));
  std::FILE* file = std::fopen(path.c_str(), "wb");
  std::fwrite(bytes.data(), 1, kBytes, file);
  std::fclose(file);
  for (const MapMode mode : {MapMode::Read, MapMode::CopyOnWrite, MapMode::ReadWrite}) {
    const MemoryPtr map = mapFile(path, mode, 352, kBytes - 352);
    const MemoryPtr first = snapshotOf(map, 0, map->bytes());
    CHECK(first->isWritable());
    put(map, 5000, 99);
    put(first, 6000, 98);
    const MemoryPtr second = snapshotOf(map, 0, map->bytes());
    CHECK_EQUAL(at(second, 5000), 99);
    CHECK_EQUAL(char(at(first, 5000)), bytes[5352]);
    CHECK_EQUAL(char(at(second, 6000)), bytes[6352]);
    CHECK(std::memcmp(second->data() + 10'000, bytes.data() + 10'352, kBytes - 10'352) == 0);
    put(map, 5000, static_cast<unsigned char>(bytes[5352]));
    CHECK_EQUAL(at(second, 5000), 99);
  }
  file = std::fopen(path.c_str(), "rb");
  std::string now(kBytes, 1);
  CHECK_EQUAL(std::fread(now.data(), 1, kBytes, file), kBytes);
  std::fclose(file);
  std::remove(path.c_str());
  CHECK(now == bytes);
}

TEST(no_snapshot_is_taken_while_there_is_a_native_writer) {
  const MemoryPtr memory = allocateShareable(kBytes, Fill::Zero);
  {
    const WriteHold hold(memory);
    hold.begin();
    CHECK_THROWS(Code::Unsupported, snapshotOf(memory, 0, kBytes));
  }
  CHECK_EQUAL(snapshotOf(memory, 0, kBytes)->bytes(), kBytes);
}

// Races on purpose, as JavaScript threads may.
#ifndef __SANITIZE_THREAD__
TEST(writes_of_another_thread_are_never_lost_to_a_snapshot) {
  const MemoryPtr memory = allocateShareable(kBytes, Fill::Zero);
  memory->addThread();
  memory->addThread();
  std::atomic<bool> isDone{false};
  std::atomic<int> wrong{0};
  std::thread writer([&] {
    volatile auto* bytes = reinterpret_cast<volatile unsigned char*>(memory->data());
    for (unsigned round = 1; !isDone; ++round) {
      const auto value = static_cast<unsigned char>(round);
      for (std::size_t k = 0; k < kBytes; k += 40'000) bytes[k] = value;
      for (std::size_t k = 0; k < kBytes; k += 40'000)
        if (bytes[k] != value) ++wrong;
    }
  });
  for (int k = 0; k < 60; ++k) CHECK_EQUAL(snapshotOf(memory, 0, kBytes)->bytes(), kBytes);
  isDone = true;
  writer.join();
  CHECK_EQUAL(wrong.load(), 0);
}
#endif

TEST(pages_are_given_back_with_the_last_that_needs_them) {
  trimPool();
  const MemoryCounters before = memoryCounters();
  {
    MemoryPtr memory = allocateShareable(kBytes, Fill::Zero);
    CHECK_EQUAL(memoryCounters().live, before.live + kBytes);
    MemoryPtr taken = snapshotOf(memory, 0, kBytes);
    CHECK_EQUAL(memoryCounters().live, before.live + kBytes);
    // Every round writes one page; a later snapshot moves it, and the pages it hides go.
    for (std::size_t round = 0; round < 40; ++round) {
      put(memory, round * 40'960, 7);
      taken = snapshotOf(memory, 0, kBytes);
    }
    CHECK(memoryCounters().moved >= before.moved + 39 * 4096);
    CHECK(memoryCounters().live < before.live + kBytes + 60 * 4096);
    memory.reset();
    CHECK_EQUAL(at(taken, 39 * 40'960), 7);
  }
  CHECK_EQUAL(memoryCounters().live, before.live);
  CHECK_EQUAL(memoryCounters().moved, before.moved);
  CHECK_EQUAL(memoryCounters().count, before.count);
}

TEST(pages_hidden_by_later_layers_are_given_back) {
  const MemoryCounters before = memoryCounters();
  const MemoryPtr memory = allocateShareable(kBytes, Fill::Zero);
  MemoryPtr taken = snapshotOf(memory, 0, kBytes);
  // Every round leaves 32 pages of the layer before in sight.
  for (std::size_t round = 0; round < 20; ++round) {
    for (std::size_t page = round * 32; page < 1024; ++page)
      put(memory, page * 4096, static_cast<unsigned char>(round + 1));
    taken = snapshotOf(memory, 0, kBytes);
  }
  CHECK(memoryCounters().live < before.live + kBytes + 3 * 4 * kMiB);
  for (std::size_t round = 0; round < 20; ++round)
    CHECK_EQUAL(at(taken, round * 32 * 4096), static_cast<int>(round + 1));
}

TEST(mappings_stay_bounded_however_scattered_the_writes_are) {
  const std::size_t bytes = 64 * kMiB;
  const MemoryPtr memory = allocateShareable(bytes, Fill::Zero);
  MemoryPtr taken = snapshotOf(memory, 0, bytes);
  for (int round = 0; round < 2; ++round) {
    for (std::size_t page = 0; page < bytes / 4096; page += 11) put(memory, page * 4096, 9);
    taken = snapshotOf(memory, 0, bytes);
  }
  CHECK(static_cast<PagedMemory&>(*memory).extentCount() <= 2048);
  CHECK(static_cast<PagedMemory&>(*taken).extentCount() <= 2048);
  CHECK_EQUAL(at(taken, 11 * 4096), 9);
  CHECK_EQUAL(at(taken, 12 * 4096), 0);
}

TEST(written_pages_are_found_where_the_system_tells) {
  const MemoryPtr memory = allocateShareable(kBytes, Fill::Zero);
  std::memset(memory->data(), 1, kBytes);
  const MemoryPtr taken = snapshotOf(memory, 0, kBytes);
  const PageRun pages{100, 100 + kBytes / 4096};
  int sum = 0;
  for (std::size_t k = 0; k < kBytes; k += 100) sum += at(memory, k);
  CHECK(sum > 0);
  const auto none = writtenPages(memory->data(), pages);
  if (!none) return;
  CHECK_EQUAL(none->size(), 0u);
  put(memory, 4096 * 3, 1);
  put(memory, 4096 * 4 + 4095, 1);
  put(memory, 4096 * 900, 1);
  const auto runs = writtenPages(memory->data(), pages);
  CHECK_EQUAL(runs->size(), 2u);
  CHECK((runs->at(0) == PageRun{103, 105}));
  CHECK((runs->at(1) == PageRun{1000, 1001}));
}

TEST(prepared_memory_keeps_what_was_stored_and_is_zero_elsewhere) {
  const MemoryPtr memory = allocateShareable(kBytes, Fill::Zero);
  put(memory, 3 * kMiB, 5);
  memory->prepare(memory->data() + 1000, kBytes - 1000);
  memory->prepare(memory->data(), kBytes);
  CHECK_EQUAL(at(memory, 3 * kMiB), 5);
  put(memory, 3 * kMiB, 0);
  CHECK(std::all_of(memory->data(), memory->data() + kBytes, [](std::byte b) { return b == std::byte{0}; }));
}

TEST(memory_without_a_snapshot_goes_back_to_the_pool_and_serves_again) {
  trimPool();
  const std::byte* block = nullptr;
  {
    const MemoryPtr memory = allocateShareable(kBytes, Fill::None);
    block = memory->data();
  }
  CHECK(memoryCounters().pooled >= kBytes);
  const MemoryPtr again = allocateShareable(kBytes, Fill::None);
  CHECK(again->data() == block);
  const MemoryPtr fresh = allocateShareable(kBytes, Fill::Zero);
  CHECK_EQUAL(at(fresh, kBytes - 1), 0);
  trimPool();
}
