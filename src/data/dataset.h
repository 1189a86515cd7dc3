// A dataset folder: token shards of each split, their tokenizer, and dataset.json, which is written last.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/shards.h"

namespace vitrine::data {

struct ShardFile {
  std::string name;
  std::string checksum;
};

/// One part of a dataset: "train" or "validation".
struct DatasetSplit {
  std::string name;
  int64_t num_documents = 0;
  int64_t num_tokens = 0;
  int64_t num_bytes = 0;  ///< of the text that the tokens stand for; special tokens count nothing
  std::vector<ShardFile> shards;

  double bytes_per_token() const {
    return num_tokens > 0 ? static_cast<double>(num_bytes) / static_cast<double>(num_tokens) : 0;
  }
};

inline constexpr std::string_view kTrainSplit = "train";
inline constexpr std::string_view kValidationSplit = "validation";

/// What dataset.json says.
struct Dataset {
  std::filesystem::path folder;
  std::string tokenizer_checksum;
  int64_t vocab_size = 0;
  int64_t num_files = 0;
  int64_t num_conversations = 0;
  int64_t num_duplicates = 0;       ///< documents left out because they equal an earlier one
  int64_t num_empty_documents = 0;  ///< documents left out because there is nothing in them
  std::vector<DatasetSplit> splits;

  /// Errors: kNotFound when the dataset has no such split.
  const DatasetSplit& split(std::string_view name) const;
  bool has_split(std::string_view name) const;
  /// Opens and verifies the shards of a split. Errors: kNotFound, as ShardSet, and kMismatch when a shard is not the
  /// one that dataset.json names.
  ShardSet open_split(std::string_view name) const;
  std::filesystem::path tokenizer_path() const { return folder / "tokenizer.json"; }
  /// Where a build leaves the tokenizer until dataset.json names it, when it replaces a dataset.
  std::filesystem::path next_tokenizer_path() const { return folder / "tokenizer.next.json"; }
};

/// Writes dataset.json durably into the dataset's folder. Errors: kIo.
void write_dataset(const Dataset& dataset);

/// Reads dataset.json. Errors: kNotFound, kCorruptData, kUnsupported for a later version.
Dataset open_dataset(const std::filesystem::path& folder);

/// True where the folder has a dataset.json, whatever is in it.
bool has_dataset(const std::filesystem::path& folder);

}  // namespace vitrine::data
