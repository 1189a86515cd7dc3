// Reads ZIP archives (wheels among them) that may be hostile: nothing is believed before it is checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine {

/// One file of an archive. Its name is safe to use below a folder.
struct ZipEntry {
  std::string name;
  uint64_t num_bytes = 0;
  uint64_t compressed_bytes = 0;
  uint32_t crc32 = 0;
  bool is_deflated = false;
  uint64_t data_offset = 0;
};

/// The list of an archive's files, read from its central directory and held against each file's own header.
/// Source: PKWARE's APPNOTE 6.3.10, with ZIP64; stored and deflated files, no encryption, one volume.
/// Errors: kCorruptData for what contradicts itself: sizes beyond the archive, files that overlap, names that lead out
/// of a folder or come twice, sizes that deflate cannot reach; kUnsupported for other methods and encryption.
class ZipFile {
 public:
  /// `bytes` outlives the object.
  explicit ZipFile(std::span<const std::byte> bytes);

  /// In the order of their data. Folders are left out.
  const std::vector<ZipEntry>& entries() const { return entries_; }
  /// The file of a name, or nullptr.
  const ZipEntry* find(std::string_view name) const;

  /// Gives a file's content to `sink` piece by piece. Errors: kCorruptData unless its size and CRC-32 are as listed;
  /// by then `sink` has got what there was, and never more than entry.num_bytes.
  void extract(const ZipEntry& entry, const std::function<void(std::span<const std::byte>)>& sink) const;

 private:
  std::span<const std::byte> bytes_;
  std::vector<ZipEntry> entries_;
};

/// True for a relative path that stays below the folder that it is put behind: no root, no `..`, no empty part, no
/// backslash, colon or control character, no part beyond 255 bytes.
bool is_safe_relative_path(std::string_view path);

}  // namespace vitrine
