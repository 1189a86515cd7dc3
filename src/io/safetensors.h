// Tensors with names as safetensors files: read with no trust in anything, written front to back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "core/tensor.h"

namespace vitrine::io {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;
using Metadata = std::map<std::string, std::string>;
/// Takes the bytes of a file in order.
using ByteSink = std::function<void(const void* data, size_t num_bytes)>;

/// Where a tensor lies in a safetensors file. The element type stays text, since files may hold types that we cannot
/// compute with; only reading such a tensor is an error.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;  ///< as in the file: "F32", "I64", …
  std::vector<int64_t> extents;
  int64_t begin_bytes = 0;  ///< within the data part
  int64_t end_bytes = 0;
};

/// An open safetensors file. Everything that the header claims is checked against the file before it is used.
/// Threads: reading is safe from several.
class SafetensorsFile {
 public:
  /// Errors: kNotFound, kIo; kCorruptData, naming every tensor that fails.
  explicit SafetensorsFile(const std::filesystem::path& path);

  /// Sorted by name.
  const std::vector<SafetensorsEntry>& entries() const { return entries_; }
  const Metadata& metadata() const { return metadata_; }
  /// The entry of that name, or null.
  const SafetensorsEntry* find(std::string_view name) const;
  /// Copies the bytes of a tensor out, as many as it has. Errors: kIo, also where the file got shorter.
  void read_bytes(const SafetensorsEntry& entry, std::span<std::byte> target) const;
  /// Copies a tensor out. Errors: kNotFound; kUnsupported for an element type or a rank that Tensor does not have; kIo.
  Tensor read(std::string_view name) const;
  /// Copies every tensor out, sorted by name. Errors: as read().
  NamedTensors read_all() const;

 private:
  void parse_header(std::string_view header);
  void check_layout() const;

  std::filesystem::path path_;
  FileReader file_;
  int64_t data_begin_bytes_ = 0;
  int64_t data_bytes_ = 0;
  std::vector<SafetensorsEntry> entries_;
  Metadata metadata_;
};

/// Writes tensors to `sink`. The bytes depend on names, contents and metadata alone, not on the order given: wide
/// elements come first so that every tensor is aligned, then names in order.
/// Errors: kInvalidArgument for a name that is empty, doubled, reserved or not UTF-8.
void write_safetensors(const ByteSink& sink, const NamedTensors& tensors, const Metadata& metadata = {});

/// Writes a file durably: the old content or the new, never a mixture. Errors: as above, and kIo.
void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors, const Metadata& metadata = {});

}  // namespace vitrine::io
