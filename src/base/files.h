// Files: whole reads, memory maps, and writes that survive a crash. Every write, sync and rename passes one hook,
// so that tests can make the n-th of them fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/noted_paths.h"

namespace vitrine {

/// Reads a whole file; a pipe or a device is read to its end. Errors: kNotFound, kIo, kInvalidArgument where one that
/// is no regular file gives more than 1 GiB.
std::string read_file(const std::filesystem::path& path);

/// Reads a whole file of a kind that is found beside others rather than named by the user: what is no regular file is
/// not even opened, as that may wait for ever. Errors: as read_file; kInvalidArgument.
std::string read_regular_file(const std::filesystem::path& path);

/// Reads a text file that has no reason to be large, such as a model's config: more than `max_bytes` are not taken into
/// memory. Errors: as read_regular_file; kCorruptData for a larger file, and for one with a NUL byte, where readers
/// end.
std::string read_small_text(const std::filesystem::path& path, size_t max_bytes = size_t{64} << 20);

/// A regular file that is read in pieces of the caller's choice. Where the bytes are copied anyway it is better than a
/// map: that another program cuts the file is an error here, and the end of the process there. Threads: any.
class FileReader {
 public:
  /// Errors: kNotFound, kIo; kInvalidArgument for what is no regular file, which is not opened.
  explicit FileReader(const std::filesystem::path& path);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  /// Bytes that it had when it was opened.
  size_t size() const { return size_; }
  /// Fills `target` with what begins at `offset`. Errors: kIo, also where the file ends before.
  void read(size_t offset, std::span<std::byte> target) const;
  /// Hands over all size() bytes in order, a piece at a time. Errors: as read().
  void read_all(const std::function<void(std::span<const std::byte>)>& take) const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  size_t size_ = 0;
};

/// A read-only memory map of a file. Errors: kNotFound, kIo, kInvalidArgument for a pipe or a device, which is not
/// opened. An empty file maps to an empty span. Where another program cuts the file, reading what is gone raises
/// SIGBUS (base/noted_paths.h).
class MappedFile {
 public:
  MappedFile() = default;
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  /// Gives back the memory of a part of bytes() that has been read; reading it again takes it from the file again.
  void release_pages(std::span<const std::byte> part) const;

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
  NotedPath note_;
};

/// Writes a file so that a crash at any moment leaves the old content or the new, never a mixture:
/// temporary name beside the target, write, sync, rename, sync of the folder. A link is followed.
/// Errors: kIo, naming the operation and the path (the temporary file is removed); kInvalidArgument where something
/// that is no regular file stands.
class DurableFile {
 public:
  explicit DurableFile(std::filesystem::path target);
  ~DurableFile();
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  void write(const void* data, size_t num_bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  /// Syncs, renames onto the target and syncs the folder. Without it the destructor discards what was written.
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
  NotedPath note_;
};

/// What a file or folder is called while it is written: NAME.tmp-PROCESS, beside the target.
std::filesystem::path temporary_name(const std::filesystem::path& target);

/// Removes what jobs for the same target left that were killed: NAME.tmp-PROCESS of processes that are gone. What
/// cannot be removed stays.
void remove_abandoned(const std::filesystem::path& target);

/// Writes a new file front to back and syncs it under its own name: for files of a folder that is renamed into place as
/// a whole afterwards. Errors: kIo. An unfinished file stays; the folder's owner removes it.
class SyncedFile {
 public:
  explicit SyncedFile(std::filesystem::path path);
  ~SyncedFile();
  SyncedFile(const SyncedFile&) = delete;
  SyncedFile& operator=(const SyncedFile&) = delete;

  void write(const void* data, size_t num_bytes);
  /// Syncs and closes.
  void finish();

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// Syncs a folder, so that the names in it survive a crash. Errors: kIo.
void sync_folder(const std::filesystem::path& folder);

/// Renames a file or folder to a name that is free, then syncs the folder of the new name. Errors: kIo.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// Puts folder `from` in the place of the existing folder `to` in one step; the old one is then found under `from`
/// (or `from` + ".old" on file systems that cannot exchange names). Errors: kIo.
void exchange_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// Writes `content` through DurableFile.
void write_file_durably(const std::filesystem::path& path, std::string_view content);

/// Appends blocks of bytes to a file, one write call a block. Errors: kIo.
class FileAppender {
 public:
  explicit FileAppender(const std::filesystem::path& path);
  ~FileAppender();
  FileAppender(const FileAppender&) = delete;
  FileAppender& operator=(const FileAppender&) = delete;
  void append(std::string_view bytes);

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// Appends whole lines to a file, one write call a line, so that a reader never sees half a line of ours followed by
/// another. Errors: kIo.
class LineAppender {
 public:
  explicit LineAppender(const std::filesystem::path& path) : file_(path) {}
  void append(std::string_view line);

 private:
  FileAppender file_;
};

/// A file that ends in a footer, which each append moves on: what is in it is whole after every call. A kill in the
/// middle of a call can cost the footer, nothing else.
class FooterFile {
 public:
  /// Truncates `path`. Errors: kIo; kInvalidArgument for what is not a regular file.
  FooterFile(std::filesystem::path path, std::string_view header, std::string footer);
  ~FooterFile();
  FooterFile(const FooterFile&) = delete;
  FooterFile& operator=(const FooterFile&) = delete;

  /// Puts `bytes` before the footer. Errors: kIo; the file is then as it was before, as far as the disk lets it.
  void append(std::string_view bytes);
  /// Bytes in the file, the footer included.
  int64_t size() const { return body_bytes_ + static_cast<int64_t>(footer_.size()); }

 private:
  void write_at_end(std::string_view bytes);

  std::filesystem::path path_;
  std::string footer_;
  int descriptor_ = -1;
  int64_t body_bytes_ = 0;  // before the footer
};

/// The operations that the fault hook sees.
enum class FileOperation { kWrite, kSync, kRename };

/// Called before each operation; may throw Error to simulate a failing disk. Tests only; empty by default.
/// Threads: set it while nothing is writing.
using FileHook = std::function<void(FileOperation, const std::filesystem::path&)>;
void set_file_hook(FileHook hook);

}  // namespace vitrine
