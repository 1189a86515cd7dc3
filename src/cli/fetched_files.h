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
    std::string sha256;  ///< empty: its fetch has begun and not ended
    bool is_awaited() const { return sha256.empty(); }
  };

  explicit FetchedFiles(std::filesystem::path folder);

  /// By the files' names below the folder.
  const std::map<std::string, Entry>& entries() const { return entries_; }
  /// The checksum that the file had; empty: unknown, or awaited.
  std::string sha256(const std::string& name) const;
  /// Enters a file and writes the list. Errors: kIo.
  void set(const std::string& name, const Entry& entry);
  /// Enters what a fetch is about to bring, with the checksums that are known (or empty), and writes the list: where it
  /// ends early, the list says what is missing. Errors: kIo.
  void await(const std::map<std::string, std::string>& sha256_by_name);
  /// Removes the list where every file in it is still awaited.
  void forget_if_nothing_came();

 private:
  void write() const;

  std::filesystem::path folder_;
  std::map<std::string, Entry> entries_;
};

}  // namespace vitrine::cli
