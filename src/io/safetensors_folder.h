// The weights of a model folder: one safetensors file, or shards with an index.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/safetensors.h"

namespace vitrine::io {

inline constexpr std::string_view kWeightsName = "model.safetensors";
inline constexpr std::string_view kShardIndexName = "model.safetensors.index.json";

/// Every tensor of a folder, wherever it lies. Threads: reading is safe from several.
class SafetensorsFolder {
 public:
  /// Opens model.safetensors, or else the shards that the index names; each shard is checked as a file of its own.
  /// Errors: kNotFound, kIo; kCorruptData for a malformed index, a shard name that is no plain name (nothing outside
  /// the folder is opened), a tensor that is not where the index says or in two shards; kUnsupported for PyTorch's
  /// pickled weights alone.
  explicit SafetensorsFolder(const std::filesystem::path& folder);

  /// Entries of all files, sorted by name.
  const std::vector<const SafetensorsEntry*>& entries() const { return entries_; }
  size_t num_files() const { return files_.size(); }
  int64_t num_elements() const;
  /// Errors: as SafetensorsFile::read.
  Tensor read(std::string_view name) const;
  NamedTensors read_all() const;

 private:
  void open_shards(const std::filesystem::path& folder);
  void collect_entries();

  std::vector<std::unique_ptr<SafetensorsFile>> files_;
  std::vector<const SafetensorsEntry*> entries_;
  std::map<std::string, const SafetensorsFile*, std::less<>> file_of_;
};

/// Splits tensors, in order, into shards of at most `max_shard_bytes` (a larger tensor is a shard of its own) and
/// writes them with their index through `open_file`, which gives a sink for a file name. One shard is a plain
/// model.safetensors. Errors: kInvalidArgument as write_safetensors.
using FileOpener = std::function<void(const std::string& name, const std::function<void(const ByteSink&)>& write)>;
void write_safetensors_shards(const FileOpener& open_file, const NamedTensors& tensors, int64_t max_shard_bytes);

}  // namespace vitrine::io
