#include "volume/map_guard.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <utility>

#include "base/error.h"

namespace voxline {

// What the signal handler reads. `turn` is odd while the other fields change: a slot in change is nobody's,
// since the map of whoever touched a page lives.
struct MapGuard::Slot {
  std::atomic<std::uint32_t> turn{0};
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  std::atomic<bool> isBroken{false};
};

namespace {

static_assert(std::atomic<std::uintptr_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

// Never freed, only linked: the handler may read it at any moment, without locks.
struct Slots {
  static constexpr std::size_t kCount = 256;
  MapGuard::Slot slots[kCount];
  std::atomic<Slots*> next{nullptr};
};

constinit Slots firstSlots;
constinit std::uintptr_t pageMask = 0;
constinit struct sigaction previous {};

std::mutex& slotsMutex() {
  static std::mutex& mutex = *new std::mutex;
  return mutex;
}

struct Extent {
  std::uintptr_t begin = 0, end = 0;
};

Extent extentOf(const MapGuard::Slot& slot) {
  const std::uint32_t turn = slot.turn.load(std::memory_order_acquire);
  const Extent extent{slot.begin.load(std::memory_order_relaxed), slot.end.load(std::memory_order_relaxed)};
  std::atomic_thread_fence(std::memory_order_acquire);
  const bool isSteady = turn % 2 == 0 && slot.turn.load(std::memory_order_relaxed) == turn;
  return isSteady ? extent : Extent{};
}

void change(MapGuard::Slot& slot, Extent extent) {
  slot.turn.fetch_add(1, std::memory_order_acq_rel);
  std::atomic_thread_fence(std::memory_order_release);
  slot.begin.store(extent.begin, std::memory_order_relaxed);
  slot.end.store(extent.end, std::memory_order_relaxed);
  slot.isBroken.store(false, std::memory_order_relaxed);
  slot.turn.fetch_add(1, std::memory_order_release);
}

// From the page on all are gone with a file that was cut; one request for them all keeps the number of
// mappings small whatever the order they are touched in.
bool putZeros(std::uintptr_t address) {
  for (Slots* some = &firstSlots; some; some = some->next.load(std::memory_order_acquire))
    for (MapGuard::Slot& slot : some->slots) {
      const Extent extent = extentOf(slot);
      if (address < extent.begin || address >= extent.end) continue;
      const std::uintptr_t page = address & pageMask;
      const int flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
      void* from = reinterpret_cast<void*>(page);
      if (mmap(from, extent.end - page, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) return false;
      slot.isBroken.store(true, std::memory_order_release);
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

// For the rest of the process, whose library must not be unloaded from then on.
void install() {
  Dl_info own{};
  if (dladdr(reinterpret_cast<void*>(&onBusError), &own) && own.dli_fname)
    dlopen(own.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
  pageMask = ~(static_cast<std::uintptr_t>(pageBytes()) - 1);
  sigaction(SIGBUS, nullptr, &previous);
  struct sigaction ours {};
  ours.sa_sigaction = onBusError;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&ours.sa_mask);
  sigaction(SIGBUS, &ours, nullptr);
}

MapGuard::Slot* take(Extent extent) {
  static std::once_flag once;
  std::call_once(once, install);
  const std::lock_guard lock(slotsMutex());
  for (Slots* some = &firstSlots;; some = some->next.load()) {
    for (MapGuard::Slot& slot : some->slots) {
      if (slot.begin.load() != 0) continue;
      change(slot, extent);
      return &slot;
    }
    if (!some->next.load()) some->next.store(new Slots, std::memory_order_release);
  }
}

}  // namespace

MapGuard::MapGuard(std::byte* base, std::size_t length, LayerPtr file, std::uint64_t end)
    : file_(std::move(file)), end_(end) {
  const auto begin = reinterpret_cast<std::uintptr_t>(base);
  slot_ = take({begin, begin + length});
}

MapGuard::~MapGuard() {
  const std::lock_guard lock(slotsMutex());
  change(*slot_, {});
}

void MapGuard::check() const {
  struct stat status;
  const bool isShort = fstat(file_->fd(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) < end_;
  if (isShort) slot_->isBroken.store(true);
  if (!slot_->isBroken.load(std::memory_order_acquire)) return;
  const std::string& path = file_->path();
  throw Error(Code::Io, path + ": was cut short while it was mapped, or a page of it cannot be read",
              {{"path", path}});
}

}  // namespace voxline
