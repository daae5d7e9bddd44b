#include "volume/file_watch.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "support/check.h"
#include "volume/memory.h"
#include "volume/page_layer.h"

using namespace voxline;

namespace {

constexpr std::size_t kPages = 7;

// A file of ones that goes with it.
struct OnesFile {
  std::string path = "/tmp/voxline-watch-XXXXXX";
  int fd;

  OnesFile() : fd(mkstemp(path.data())) {
    const std::vector<char> ones(kPages * pageBytes(), 1);
    CHECK(write(fd, ones.data(), ones.size()) == static_cast<ssize_t>(ones.size()));
  }
  ~OnesFile() {
    close(fd);
    unlink(path.c_str());
  }
  void resize(std::size_t pages) const { CHECK_EQUAL(ftruncate(fd, static_cast<off_t>(pages * pageBytes())), 0); }
};

long sumOf(const MemoryPtr& memory) {
  return std::count(memory->data(), memory->data() + memory->bytes(), std::byte{1});
}

}  // namespace

TEST(pages_a_mapped_file_no_longer_has_read_as_zeros_and_make_its_memory_an_io_error) {
  for (const MapMode mode : {MapMode::Read, MapMode::CopyOnWrite, MapMode::ReadWrite}) {
    const OnesFile file;
    const MemoryPtr memory = mapFile(file.path, mode, 100, kPages * pageBytes() - 100);
    memory->checkIntact();
    file.resize(3);
    CHECK_THROWS(Code::Io, memory->checkIntact());
    CHECK_EQUAL(sumOf(memory), static_cast<long>(3 * pageBytes() - 100));
    memory->data()[memory->bytes() - 1] = std::byte{5};
    CHECK_THROWS(Code::Io, memory->checkIntact());
  }
}

TEST(a_file_that_grew_again_after_its_pages_were_missed_stays_an_io_error) {
  const OnesFile file;
  const MemoryPtr touched = mapFile(file.path, MapMode::Read, 0, kPages * pageBytes());
  const MemoryPtr untouched = mapFile(file.path, MapMode::Read, 0, kPages * pageBytes());
  file.resize(1);
  CHECK_EQUAL(sumOf(touched), static_cast<long>(pageBytes()));
  file.resize(kPages);
  CHECK_THROWS(Code::Io, touched->checkIntact());
  untouched->checkIntact();
  const MemoryPtr fresh = mapFile(file.path, MapMode::Read, 0, kPages * pageBytes());
  fresh->checkIntact();
}

TEST(a_bus_error_anywhere_else_still_ends_the_process) {
  const OnesFile file;
  const MemoryPtr memory = mapFile(file.path, MapMode::Read, 0, kPages * pageBytes());
  const pid_t child = fork();
  if (child == 0) {
    // Sanitizers would report it as theirs.
    std::signal(SIGABRT, SIG_DFL);
    auto* other = static_cast<volatile char*>(
        mmap(nullptr, 2 * pageBytes(), PROT_READ, MAP_PRIVATE, file.fd, 0));
    file.resize(0);
    _exit(other[pageBytes()] == 0 ? 0 : 1);
  }
  int status = 0;
  CHECK_EQUAL(waitpid(child, &status, 0), child);
  CHECK(!WIFEXITED(status) || WEXITSTATUS(status) > 1);
}
