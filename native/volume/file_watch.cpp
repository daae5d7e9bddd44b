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

// Address space of a mapped file. Read by the signal handler: never freed, taken up again when free (`end` 0).
struct WatchedRange {
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  std::atomic<bool> isCut{false};
  WatchedRange* next = nullptr;
};

namespace {

std::atomic<WatchedRange*> ranges{nullptr};
struct sigaction before;

WatchedRange* rangeAround(std::uintptr_t address) {
  for (WatchedRange* range = ranges.load(); range; range = range->next)
    if (address >= range->begin.load() && address < range->end.load()) return range;
  return nullptr;
}

// On the thread that touched a page its file does not have. An empty page in its place lets the access go on.
void onBusError(int signal, siginfo_t* info, void* context) {
  const int number = errno;
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  if (WatchedRange* range = rangeAround(address)) {
    auto* page = reinterpret_cast<void*>(address / pageBytes() * pageBytes());
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    if (mmap(page, pageBytes(), PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED) {
      range->isCut = true;
      errno = number;
      return;
    }
  }
  if ((before.sa_flags & SA_SIGINFO) && before.sa_sigaction) return before.sa_sigaction(signal, info, context);
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) return before.sa_handler(signal);
  // The access is repeated and ends the process as it would have.
  std::signal(SIGBUS, SIG_DFL);
}

void installOnce() {
  static std::once_flag& once = *new std::once_flag;
  std::call_once(once, [] {
    pageBytes();
    struct sigaction action {};
    action.sa_sigaction = onBusError;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &before);
  });
}

WatchedRange* take(const std::byte* begin, std::size_t bytes) {
  static std::mutex& mutex = *new std::mutex;
  const std::lock_guard lock(mutex);
  WatchedRange* range = ranges.load();
  while (range && range->end.load() != 0) range = range->next;
  const bool isNew = !range;
  if (isNew) range = new WatchedRange;
  const auto first = reinterpret_cast<std::uintptr_t>(begin);
  range->isCut = false;
  range->begin = first;
  range->end = first + bytes;
  if (!isNew) return range;
  range->next = ranges.load();
  ranges = range;
  return range;
}

}  // namespace

FileWatch::FileWatch(int fd, std::string path, std::uint64_t end, const std::byte* begin, std::size_t bytes)
    : fd_(fcntl(fd, F_DUPFD_CLOEXEC, 0)), path_(std::move(path)), end_(end), range_(take(begin, bytes)) {
  installOnce();
}

FileWatch::FileWatch(const FileWatch& other, const std::byte* begin, std::size_t bytes)
    : FileWatch(other.fd_, other.path_, other.end_, begin, bytes) {}

FileWatch::~FileWatch() {
  range_->end = 0;
  if (fd_ >= 0) close(fd_);
}

void FileWatch::check() const {
  struct stat status;
  const bool isShort = fd_ >= 0 && fstat(fd_, &status) == 0 && static_cast<std::uint64_t>(status.st_size) < end_;
  if (isShort || range_->isCut)
    throw Error(Code::Io, path_ + " was cut short while it was mapped", {{"path", path_}});
}

}  // namespace voxline
