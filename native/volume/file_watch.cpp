#include "volume/file_watch.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "volume/page_layer.h"

namespace voxline {

// Address space of a mapped file, which the signal handler reads. `turn` is odd while the other fields change: a range in
// change is not that of whoever touches a page, whose map lives.
struct WatchedRange {
  std::atomic<std::uint32_t> turn{0};
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  std::atomic<bool> isCut{false};
};

namespace {

static_assert(std::atomic<std::uintptr_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

// Never freed, only linked: the handler may read it at any moment, without locks.
struct Ranges {
  static constexpr std::size_t kCount = 256;
  WatchedRange slots[kCount];
  std::atomic<Ranges*> next{nullptr};
};

constinit Ranges firstRanges;
constinit std::uintptr_t pageMask = 0;
constinit struct sigaction previous {};

std::mutex& rangesMutex() {
  static std::mutex& mutex = *new std::mutex;
  return mutex;
}

struct Extent {
  std::uintptr_t begin = 0, end = 0;
};

Extent extentOf(const WatchedRange& slot) {
  const std::uint32_t turn = slot.turn.load(std::memory_order_acquire);
  const Extent extent{slot.begin.load(std::memory_order_relaxed), slot.end.load(std::memory_order_relaxed)};
  std::atomic_thread_fence(std::memory_order_acquire);
  const bool isSteady = turn % 2 == 0 && slot.turn.load(std::memory_order_relaxed) == turn;
  return isSteady ? extent : Extent{};
}

void change(WatchedRange& slot, Extent extent) {
  slot.turn.fetch_add(1, std::memory_order_acq_rel);
  std::atomic_thread_fence(std::memory_order_release);
  slot.begin.store(extent.begin, std::memory_order_relaxed);
  slot.end.store(extent.end, std::memory_order_relaxed);
  slot.isCut.store(false, std::memory_order_relaxed);
  slot.turn.fetch_add(1, std::memory_order_release);
}

// From the page on all are gone with a file that was cut; one request for them all keeps the number of
// mappings small whatever the order they are touched in.
bool putZeros(std::uintptr_t address) {
  for (Ranges* some = &firstRanges; some; some = some->next.load(std::memory_order_acquire))
    for (WatchedRange& slot : some->slots) {
      const Extent extent = extentOf(slot);
      if (address < extent.begin || address >= extent.end) continue;
      const std::uintptr_t page = address & pageMask;
      const int flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
      void* from = reinterpret_cast<void*>(page);
      if (mmap(from, extent.end - page, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) return false;
      slot.isCut.store(true, std::memory_order_release);
      return true;
    }
  return false;
}

// As if this handler were not there.
void passOn(int number, siginfo_t* info, void* context) {
  if (previous.sa_flags & SA_SIGINFO) return previous.sa_sigaction(number, info, context);
  const bool isSent = info->si_code <= 0;
  if (previous.sa_handler == SIG_IGN && isSent) return;
  if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) return previous.sa_handler(number);
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  sigaction(SIGBUS, &standard, nullptr);
  // A touched page raises it again when the instruction is repeated.
  if (isSent) raise(number);
}

bool isMissingPage(const siginfo_t& info) {
#ifdef BUS_MCEERR_AR
  if (info.si_code == BUS_MCEERR_AR || info.si_code == BUS_MCEERR_AO) return false;
#endif
  return info.si_code > 0;
}

void onBusError(int number, siginfo_t* info, void* context) {
  const int kept = errno;
  if (!isMissingPage(*info) || !putZeros(reinterpret_cast<std::uintptr_t>(info->si_addr)))
    passOn(number, info, context);
  errno = kept;
}

// For the rest of the process: the binding keeps the library loaded (binding/stay_loaded.h).
void install() {
  pageMask = ~(static_cast<std::uintptr_t>(pageBytes()) - 1);
  sigaction(SIGBUS, nullptr, &previous);
  struct sigaction ours {};
  ours.sa_sigaction = onBusError;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&ours.sa_mask);
  sigaction(SIGBUS, &ours, nullptr);
}

WatchedRange* take(Extent extent) {
  static std::once_flag once;
  std::call_once(once, install);
  const std::lock_guard lock(rangesMutex());
  for (Ranges* some = &firstRanges;; some = some->next.load()) {
    for (WatchedRange& slot : some->slots) {
      if (slot.begin.load() != 0) continue;
      change(slot, extent);
      return &slot;
    }
    if (!some->next.load()) some->next.store(new Ranges, std::memory_order_release);
  }
}

}  // namespace

FileWatch::FileWatch(int fd, std::string path, std::uint64_t end, const std::byte* begin, std::size_t bytes)
    : fd_(fcntl(fd, F_DUPFD_CLOEXEC, 0)), path_(std::move(path)), end_(end) {
  const auto first = reinterpret_cast<std::uintptr_t>(begin);
  const std::size_t pages = (bytes + pageBytes() - 1) / pageBytes();
  range_ = take({first, first + pages * pageBytes()});
}

FileWatch::FileWatch(const FileWatch& other, const std::byte* begin, std::size_t bytes)
    : FileWatch(other.fd_, other.path_, other.end_, begin, bytes) {}

FileWatch::~FileWatch() {
  {
    const std::lock_guard lock(rangesMutex());
    change(*range_, {});
  }
  if (fd_ >= 0) close(fd_);
}

void FileWatch::check() const {
  struct stat status;
  const bool isShort =
      fd_ >= 0 && fstat(fd_, &status) == 0 && static_cast<std::uint64_t>(status.st_size) < end_;
  if (isShort || range_->isCut.load(std::memory_order_acquire))
    throw Error(Code::Io, path_ + " was cut short while it was mapped, or a page of it cannot be read",
                {{"path", path_}});
}

}  // namespace voxline
