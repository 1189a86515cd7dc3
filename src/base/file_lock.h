// Keeps other programs out of a place, by the locks of the system.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

namespace vitrine {

/// A lock on a folder or a file, held until it ends or the program does, however that happens. Where the file system
/// has no locks nobody is kept out.
class FileLock {
 public:
  enum class Place {
    kFolder,  ///< that has to be there
    kFile,    ///< that is made where it is missing, with its folder; nobody but its owner may open it
  };
  /// Errors: as of the system (kNotFound, kIo) where the place cannot be opened; `taken` where another has the lock.
  FileLock(Place place, const std::filesystem::path& path, const Error& taken);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_ = -1;
};

/// Keeps other programs that ask for the same lock out of a folder. Errors: kIo; kInvalidArgument where `holder`
/// ("another training") has it.
class FolderLock {
 public:
  FolderLock(const std::filesystem::path& folder, const std::string& holder);

 private:
  FileLock lock_;
};

}  // namespace vitrine
