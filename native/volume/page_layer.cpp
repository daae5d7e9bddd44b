#include "volume/page_layer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "volume/memory_ledger.h"

namespace voxline {

std::size_t pageBytes() {
  static const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

std::vector<PageRun> without(const std::vector<PageRun>& runs, const std::vector<PageRun>& others) {
  std::vector<PageRun> left;
  auto other = others.begin();
  for (const PageRun& run : runs) {
    std::size_t at = run.begin;
    while (other != others.end() && other->end <= at) ++other;
    for (auto next = other; next != others.end() && next->begin < run.end; ++next) {
      if (at < next->begin) left.push_back({at, next->begin});
      at = std::max(at, next->end);
    }
    if (at < run.end) left.push_back({at, run.end});
  }
  return left;
}

#ifdef __linux__

namespace {

std::atomic<long>& openLayers() {
  static std::atomic<long>& count = *new std::atomic<long>{0};
  return count;
}

// Descriptors are for sockets and files first.
long mostLayers() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 1 << 20;
  return static_cast<long>(limit.rlim_cur / 4);
}

// Under strict accounting a page of a memfd that cannot be had is a signal at a store, not an error here.
bool isStrictlyAccounted() {
  static const bool strict = [] {
    std::FILE* file = std::fopen("/proc/sys/vm/overcommit_memory", "re");
    const bool is = file && std::fgetc(file) == '2';
    if (file) std::fclose(file);
    return is;
  }();
  return strict;
}

}  // namespace

std::shared_ptr<PageLayer> PageLayer::create(std::size_t bytes) {
  if (isStrictlyAccounted() || openLayers() >= mostLayers()) return nullptr;
  auto layer = std::make_shared<PageLayer>(memfd_create("voxline", MFD_CLOEXEC | MFD_ALLOW_SEALING), 0);
  if (layer->fd_ < 0) return nullptr;
  layer->isMemory_ = true;
  ++openLayers();
  if (ftruncate(layer->fd_, static_cast<off_t>(bytes)) != 0) return nullptr;
  if (fcntl(layer->fd_, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) != 0) return nullptr;
  return layer;
}

bool PageLayer::store(const std::byte* from, PageRun pages) {
  isMoved_ = true;
  std::size_t left = pages.length() * pageBytes();
  auto at = static_cast<off_t>(position(pages.begin));
  while (left > 0) {
    const ssize_t written = pwrite(fd_, from, left, at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    from += written;
    at += written;
    left -= static_cast<std::size_t>(written);
  }
  count(counted_ + pages.length() * pageBytes());
  return true;
}

void PageLayer::use(const void* user, std::vector<PageRun> runs) {
  const std::lock_guard lock(mutex_);
  std::vector<PageRun> freed = std::exchange(users_[user], std::move(runs));
  if (users_[user].empty()) users_.erase(user);
  // Without users the layer goes, or its block waits in the pool.
  if (!isMemory_ || users_.empty()) return;
  for (const auto& [other, theirs] : users_) freed = without(freed, theirs);
  for (const PageRun& run : freed)
    fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(position(run.begin)),
              static_cast<off_t>(run.length() * pageBytes()));
  struct stat status;
  if (!freed.empty() && fstat(fd_, &status) == 0)
    count(std::min(counted_, static_cast<std::size_t>(status.st_blocks) * 512));
}

#else

std::shared_ptr<PageLayer> PageLayer::create(std::size_t) { return nullptr; }
bool PageLayer::store(const std::byte*, PageRun) { return false; }
void PageLayer::use(const void*, std::vector<PageRun>) {}

#endif

void PageLayer::count(std::size_t bytes) {
  MemoryLedger& ledger = memoryLedger();
  ledger.live -= counted_;
  ledger.addLive(bytes);
  if (isMoved_) ledger.moved += bytes - counted_;
  counted_ = bytes;
}

PageLayer::~PageLayer() {
  count(0);
  if (fd_ >= 0) close(fd_);
#ifdef __linux__
  if (isMemory_) --openLayers();
#endif
}

}  // namespace voxline
