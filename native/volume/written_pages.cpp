#include "volume/written_pages.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace voxline {

#ifdef __linux__

namespace {

// linux/fs.h, PAGEMAP_SCAN, since Linux 6.7.
struct ScannedRegion {
  std::uint64_t start, end, categories;
};
struct ScanArguments {
  std::uint64_t size, flags, start, end, walkEnd, regions, regionCount, maxPages;
  std::uint64_t inverted, all, any, wanted;
};
constexpr unsigned long kScan = _IOWR('f', 16, ScanArguments);
constexpr std::uint64_t kFile = 1 << 2, kPresent = 1 << 3, kSwapped = 1 << 4;
// Documentation/admin-guide/mm/pagemap.rst: a page of a file or of shared memory; swapped out; present.
constexpr std::uint64_t kEntryFile = std::uint64_t{1} << 61, kEntryThere = std::uint64_t{3} << 62;

int pagemap() {
  static const int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  return fd;
}

using Runs = std::vector<PageRun>;

void append(Runs& runs, PageRun run) {
  if (!runs.empty() && runs.back().end == run.begin) runs.back().end = run.end;
  else runs.push_back(run);
}

std::optional<Runs> scan(std::uint64_t begin, PageRun pages) {
  std::array<ScannedRegion, 512> regions;
  ScanArguments arguments{};
  arguments.size = sizeof(arguments);
  arguments.start = begin;
  arguments.end = begin + pages.length() * pageBytes();
  arguments.regions = reinterpret_cast<std::uintptr_t>(regions.data());
  arguments.regionCount = regions.size();
  arguments.inverted = arguments.all = kFile;
  arguments.any = kPresent | kSwapped;
  arguments.wanted = kFile;
  Runs runs;
  const auto pageAt = [&](std::uint64_t address) { return pages.begin + (address - begin) / pageBytes(); };
  while (arguments.start < arguments.end) {
    const int count = ioctl(pagemap(), kScan, &arguments);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    for (int k = 0; k < count; ++k)
      append(runs, {pageAt(regions[static_cast<std::size_t>(k)].start),
                    pageAt(regions[static_cast<std::size_t>(k)].end)});
    arguments.start = arguments.walkEnd;
  }
  return runs;
}

std::optional<Runs> readEntries(std::uint64_t begin, PageRun pages) {
  std::vector<std::uint64_t> entries(std::min<std::size_t>(pages.length(), 1 << 16));
  Runs runs;
  for (std::size_t page = pages.begin; page < pages.end;) {
    const std::size_t count = std::min(entries.size(), pages.end - page);
    const std::uint64_t index = begin / pageBytes() + page - pages.begin;
    const ssize_t got = pread(pagemap(), entries.data(), count * 8, static_cast<off_t>(index * 8));
    if (got < 0 && errno == EINTR) continue;
    if (got < 8) return std::nullopt;
    const auto read = static_cast<std::size_t>(got) / 8;
    for (std::size_t k = 0; k < read; ++k)
      if ((entries[k] & kEntryThere) != 0 && (entries[k] & kEntryFile) == 0)
        append(runs, {page + k, page + k + 1});
    page += read;
  }
  return runs;
}

std::optional<Runs> ask(const std::byte* data, PageRun pages) {
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  if (auto runs = scan(begin, pages)) return runs;
  return readEntries(begin, pages);
}

// Systems that imitate Linux may answer without knowing: of three pages, read, written and untouched, it must
// name the one.
bool tellsTheTruth() {
  if (pagemap() < 0) return false;
  const LayerPtr layer = PageLayer::create(3 * pageBytes());
  if (!layer) return false;
  void* mapped = mmap(nullptr, 3 * pageBytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE, layer->fd(), 0);
  if (mapped == MAP_FAILED) return false;
  auto* data = static_cast<volatile std::byte*>(mapped);
  static_cast<void>(data[0]);
  data[pageBytes()] = std::byte{1};
  const auto answer = ask(static_cast<const std::byte*>(mapped), {5, 8});
  munmap(mapped, 3 * pageBytes());
  return answer == Runs{{6, 7}};
}

}  // namespace

std::optional<Runs> writtenPages(const std::byte* data, PageRun pages) {
  static const bool isTrusted = tellsTheTruth();
  if (!isTrusted) return std::nullopt;
  return ask(data, pages);
}

#else

std::optional<std::vector<PageRun>> writtenPages(const std::byte*, PageRun) { return std::nullopt; }

#endif

}  // namespace voxline
