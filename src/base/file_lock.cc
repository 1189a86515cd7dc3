#include "base/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vitrine {
namespace {

int open_place(FileLock::Place place, const std::filesystem::path& path) {
  if (place == FileLock::Place::kFolder) return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::error_code ignored;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
  return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

}  // namespace

FileLock::FileLock(Place place, const std::filesystem::path& path, const Error& taken)
    : descriptor_(open_place(place, path)) {
  if (descriptor_ < 0)
    throw Error(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                fmt::format("open '{}': {}", path.string(), std::strerror(errno)),
                place == Place::kFile ? "choose a place in a folder that you may write to" : "check the path");
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(descriptor_);
  throw taken;
}

FileLock::~FileLock() { ::close(descriptor_); }

FolderLock::FolderLock(const std::filesystem::path& folder, const std::string& holder)
    : lock_(FileLock::Place::kFolder, folder,
            Error(ErrorCode::kInvalidArgument, fmt::format("lock '{}': {} is at work in it", folder.string(), holder),
                  "wait for it, stop it, or choose another folder")) {}

}  // namespace vitrine
