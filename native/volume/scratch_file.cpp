#include "volume/scratch_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "volume/memory_ledger.h"
#include "volume/shared_file.h"

namespace voxline {

namespace {

// Never destroyed: memory is asked for while the process exits.
struct Setting {
  std::mutex mutex;
  ScratchFiles files;
};

Setting& setting() {
  static Setting& one = *new Setting;
  return one;
}

Error cannotMake(const std::string& folder, int number) {
  return {Code::Io,
          "cannot make a scratch file in " + folder + ": " + std::generic_category().message(number),
          {{"path", folder}}};
}

// Without a name from the start, or from its first moment on where the system of files cannot do that.
int openNameless(const std::string& folder) {
#ifdef O_TMPFILE
  const int fd = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
#endif
  std::string path = folder + "/.voxline-scratch-XXXXXX";
  const int named = mkstemp(path.data());
  if (named < 0) return named;
  unlink(path.c_str());
  fcntl(named, F_SETFD, FD_CLOEXEC);
  return named;
}

class NamelessFile {
 public:
  explicit NamelessFile(const std::string& folder) : fd_(openNameless(folder)) {
    if (fd_ < 0) throw cannotMake(folder, errno);
  }
  NamelessFile(const NamelessFile&) = delete;
  NamelessFile& operator=(const NamelessFile&) = delete;
  ~NamelessFile() { close(fd_); }
  int operator*() const { return fd_; }

 private:
  int fd_;
};

// Pages of it that are written go to the disk when memory is short.
class ScratchFile final : public SharedFile {
 public:
  ScratchFile(int fd, const std::string& folder, std::size_t bytes)
      : SharedFile(fd, "a scratch file in " + folder, 0, bytes, memoryLedger().scratch) {}
  bool isScratch() const override { return true; }
};

int makeLong(int fd, std::size_t bytes) {
  if (ftruncate(fd, static_cast<off_t>(bytes)) != 0) return errno;
  return reserveBlocks(fd, 0, bytes);
}

}  // namespace

ScratchFiles scratchFiles() {
  const std::lock_guard lock(setting().mutex);
  return setting().files;
}

void setScratchFiles(ScratchFiles files) {
  if (!files.folder.empty()) NamelessFile{files.folder};
  const std::lock_guard lock(setting().mutex);
  setting().files = std::move(files);
}

MemoryPtr allocateInFile(std::size_t bytes) {
  const ScratchFiles now = scratchFiles();
  const std::size_t live = memoryLedger().live;
  if (now.folder.empty() || (live <= now.above && bytes <= now.above - live)) return nullptr;
  return allocateInFolder(now.folder, bytes);
}

MemoryPtr allocateInFolder(const std::string& folder, std::size_t bytes) {
  const NamelessFile file(folder);
  const int number = makeLong(*file, bytes);
  if (number == ENOSPC || number == EDQUOT || number == EFBIG || number == ENOMEM)
    throw Error(Code::Memory,
                "no room for " + std::to_string(bytes) + " bytes in a scratch file in " + folder,
                {{"bytes", static_cast<double>(bytes)}, {"path", folder}});
  if (number != 0) throw cannotMake(folder, number);
  return std::make_shared<ScratchFile>(*file, folder, bytes);
}

}  // namespace voxline
