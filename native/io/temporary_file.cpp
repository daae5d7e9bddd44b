#include "io/temporary_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>

namespace voxline {

namespace {

// Temporary files that exist now. Those left when the process ends are removed: process.exit() ends it with writers at work and runs no
// hook of the environment. Never destroyed, since they go on meanwhile.
class LiveNames {
 public:
  static LiveNames& all() {
    static auto* const names = new LiveNames;
    return *names;
  }

  void add(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (ended_) unlink(path.c_str());
    paths_.insert(path);
  }

  void remove(const std::string& path) {
    const std::lock_guard lock(mutex_);
    paths_.erase(path);
  }

 private:
  LiveNames() {
    std::atexit([] { all().end(); });
  }

  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    for (const std::string& path : paths_) unlink(path.c_str());
  }

  std::mutex mutex_;
  bool ended_ = false;
  std::set<std::string> paths_;
};

std::string folderOf(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

// Leaves room for the process and the counter in a name of 255 bytes.
std::string prefixOf(const std::string& path) {
  const auto slash = path.rfind('/');
  std::string prefix = ".";
  prefix.append(path, slash == std::string::npos ? 0 : slash + 1, 200);
  return prefix.append(".");
}

std::optional<mode_t> modeOf(const std::string& target) {
  struct stat status;
  if (stat(target.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    throw ioError("write", target, errno);
  }
  if (!S_ISREG(status.st_mode))
    throw Error(Code::Io, "cannot write " + target + ": not a regular file", {{"path", target}});
  return status.st_mode & 07777;
}

bool isTemporaryName(std::string_view name, std::string_view prefix) {
  constexpr std::string_view suffix = ".tmp";
  if (!name.starts_with(prefix) || !name.ends_with(suffix) || name.size() <= prefix.size() + suffix.size())
    return false;
  const auto number = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  return number.find('-') != number.npos && number.find_first_not_of("0123456789-") == number.npos;
}

// A writer holds a lock on its file as long as it lives, on whatever machine: a file that can be locked has
// none.
void removeIfStale(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return;
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) unlink(path.c_str());
  close(fd);
}

void removeStale(const std::string& folder, const std::string& prefix) {
  DIR* entries = opendir(folder.c_str());
  if (!entries) return;
  while (const dirent* entry = readdir(entries))
    if (isTemporaryName(entry->d_name, prefix)) removeIfStale(folder + entry->d_name);
  closedir(entries);
}

// The target's mode if it exists and may be replaced.
std::optional<mode_t> checkTarget(const std::string& target, bool overwrite) {
  const auto mode = modeOf(target);
  if (mode && !overwrite) throw ioError("write", target, EEXIST);
  return mode;
}

// False when another writer took the file for stale between its creation and its lock.
bool isOurs(int fd) {
  struct stat status;
  if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  return fstat(fd, &status) == 0 && status.st_nlink > 0;
}

// Under the first free temporary name, which it sets.
File create(const std::string& target, bool overwrite, std::string& path) {
  static std::atomic<unsigned> counter{0};
  checkTarget(target, overwrite);
  const std::string folder = folderOf(target), prefix = prefixOf(target);
  removeStale(folder, prefix);
  for (;;) {
    path = folder + prefix + std::to_string(getpid()) + "-" + std::to_string(++counter) + ".tmp";
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno != EEXIST && errno != EINTR) throw ioError("write", target, errno);
    if (fd < 0) continue;
    File file(fd, target);
    if (!isOurs(fd)) continue;
    LiveNames::all().add(path);
    return file;
  }
}

// Fails with EEXIST when the target exists, also if it has appeared only now.
int renameToNew(const char* from, const char* to) {
#ifdef RENAME_NOREPLACE
  if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
#endif
  if (link(from, to) != 0) return -1;
  return unlink(from);
}

void syncFolder(const std::string& folder, const std::string& target) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  const int result = fsync(fd), number = errno;
  close(fd);
  if (result != 0 && number == EIO) throw ioError("sync the folder of", target, number);
}

}  // namespace

TemporaryFile::TemporaryFile(std::string target, bool overwrite)
    : target_(std::move(target)), overwrite_(overwrite), file_(create(target_, overwrite, path_)) {}

TemporaryFile::~TemporaryFile() {
  if (path_.empty()) return;
  unlink(path_.c_str());
  LiveNames::all().remove(path_);
}

void TemporaryFile::commit() {
  const auto mode = checkTarget(target_, overwrite_);
  if (mode && fchmod(file_.descriptor(), *mode) != 0 && errno != EPERM)
    throw ioError("write", target_, errno);
  if (fsync(file_.descriptor()) != 0) throw ioError("write", target_, errno);
  const int result =
      overwrite_ ? rename(path_.c_str(), target_.c_str()) : renameToNew(path_.c_str(), target_.c_str());
  if (result != 0) throw ioError("write", target_, errno);
  LiveNames::all().remove(path_);
  path_.clear();
  syncFolder(folderOf(target_), target_);
}

}  // namespace voxline
