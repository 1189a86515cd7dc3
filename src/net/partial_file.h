// The part of a file that has been fetched so far.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/files.h"
#include "base/sha256.h"
#include "net/http_client.h"

namespace vitrine::net {

/// What a part is a part of: kept beside it, and what a later try is held against.
struct PartialOrigin {
  std::string url;        ///< without a password
  std::string validator;  ///< strong ETag or Last-Modified, for If-Range; empty: none
  std::string sha256;     ///< of the whole; empty: unknown
};

/// NAME.part, locked against other processes while the object lives. It stays when the object goes, unless it is
/// finished or empty.
class PartialFile {
 public:
  /// Opens or creates the part of `target`. What is in it is kept where its origin has the same address and can be
  /// continued: by a validator, or because the checksum of the whole is known and the same.
  /// Errors: kIo, also when another process works on it; kInterrupted while what is there is read.
  PartialFile(const std::filesystem::path& target, const std::string& url, const std::string& sha256,
              const StopQuestion& should_stop);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  int64_t size() const { return num_bytes_; }
  const PartialOrigin& origin() const { return origin_; }
  std::string sha256() const { return hash_.hex(); }

  /// Empties it, for content of this origin.
  void restart(const PartialOrigin& origin);
  void append(std::span<const std::byte> bytes);
  void sync();
  /// Puts the whole file in the place of the target.
  void finish();
  /// Removes it, for content that turned out wrong.
  void discard();

 private:
  void open_locked();
  bool read_origin(const std::string& url, const std::string& sha256);
  void read_content(const StopQuestion& should_stop);
  void truncate();

  std::filesystem::path target_, path_, origin_path_;
  int lock_ = -1;
  std::unique_ptr<FileAppender> appender_;
  PartialOrigin origin_;
  Sha256 hash_;
  int64_t num_bytes_ = 0;
  bool is_gone_ = false;  // finished or discarded: NAME.part may be another process's by now
};

}  // namespace vitrine::net
