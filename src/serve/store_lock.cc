#include "serve/store_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace vitrine::serve {

StoreLock::StoreLock(const std::filesystem::path& store_file) {
  // A file of its own: SQLite has locks on the database, and closing any descriptor of that would let them go.
  const std::string path = store_file.string() + ".lock";
  std::error_code ignored;
  if (store_file.has_parent_path()) std::filesystem::create_directories(store_file.parent_path(), ignored);
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor_ < 0)
    throw Error(ErrorCode::kIo, fmt::format("serve: cannot open '{}': {}", path, std::strerror(errno)),
                "give a file in a folder that can be written with --store");
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(descriptor_);
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("serve: another server is at work with the store '{}'", store_file.string()),
              "stop it, or give this one a store of its own with --store FILE");
}

StoreLock::~StoreLock() { ::close(descriptor_); }

}  // namespace vitrine::serve
