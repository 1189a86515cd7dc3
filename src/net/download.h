// One file from the web to the disk: resumed where an earlier try ended, checked, and put in place whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "net/retry.h"

namespace vitrine::net {

/// A file that a server has.
struct RemoteFile {
  std::string url;
  std::string name;           ///< relative path below the model's folder, safe to use
  std::string authorization;  ///< for the origin of `url` alone
  std::string sha256;         ///< lower case; empty: unknown
  std::optional<int64_t> num_bytes = std::nullopt;
  std::string fetched_sha256 = {};  ///< of what an earlier call fetched: a file that is here and has changed is fetched
  bool is_always_fetched = false;   ///< even where a file of the same size is there and no checksum is known
};

struct DownloadOptions {
  TransferSettings transfer;
  int64_t max_bytes = int64_t{1} << 40;
  /// Bytes that are there and bytes in all (0: unknown); called often. May be empty.
  std::function<void(int64_t done, int64_t total)> on_progress;
};

struct DownloadResult {
  int64_t num_bytes = 0;
  std::string sha256;        ///< of what is on the disk
  bool is_verified = false;  ///< against a checksum that was known before
  bool was_there = false;    ///< nothing had to be fetched
  int64_t resumed_at = 0;    ///< bytes taken over from an earlier try
};

/// Fetches `file` to `target`, whose folder exists. While it grows it lies beside it as NAME.part, with NAME.part.json
/// saying what it is a part of; interrupted or broken off, it stays and the next call goes on (Range with If-Range, so
/// that a file that changed on the server starts anew). A `target` that is there and has the known checksum stays as it
/// is; so does one of the same size where no checksum is known, unless it has changed since it was fetched. The
/// checksum is the known one, or what the address says in X-Linked-Etag; a part that fails it is dropped. Errors: as
/// http_get; kCorruptData for a wrong size or checksum, or a GGUF file that is none; kIo where the disk has too little
/// room, and when another process fetches the same file; kInterrupted.
DownloadResult download(const RemoteFile& file, const std::filesystem::path& target, const DownloadOptions& options);

/// Errors: kIo, when the disk of a folder has not `num_bytes` left. `what` names the work.
void require_free_bytes(const std::filesystem::path& folder, int64_t num_bytes, const std::string& what);

/// SHA-256 of a file. Errors: kIo, kInterrupted.
std::string sha256_of_file(const std::filesystem::path& path, const StopQuestion& should_stop = {});

}  // namespace vitrine::net
