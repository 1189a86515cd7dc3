// What was fetched into a folder, kept beside it: so that a file that changed on the disk is told from one that is
// there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace vitrine::cli {

/// The sizes and checksums of a folder's fetched files, in `.fetched.json`. One that is damaged counts as empty.
class FetchedFiles {
 public:
  struct Entry {
    int64_t num_bytes = 0;
    std::string sha256;
  };

  explicit FetchedFiles(std::filesystem::path folder);

  /// By the files' names below the folder.
  const std::map<std::string, Entry>& entries() const { return entries_; }
  /// The checksum that the file had; empty: unknown.
  std::string sha256(const std::string& name) const;
  /// Enters a file and writes the list. Errors: kIo.
  void set(const std::string& name, const Entry& entry);

 private:
  std::filesystem::path folder_;
  std::map<std::string, Entry> entries_;
};

}  // namespace vitrine::cli
