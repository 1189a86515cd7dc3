// One server to a store: a second would take the first's running answers for those of a dead one.
#pragma once

#include <filesystem>

#include "base/file_lock.h"

namespace vitrine::serve {

/// Holds STORE.lock for as long as it lives, or the program does, however that ends. Where the file system has no locks
/// nobody is kept out. Errors: kInvalidArgument where another server has it; kIo where the file cannot be made.
class StoreLock {
 public:
  explicit StoreLock(const std::filesystem::path& store_file);

 private:
  FileLock lock_;
};

}  // namespace vitrine::serve
