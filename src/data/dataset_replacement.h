// Puts a new dataset into a folder that may hold one already, which stays whole until the new one is.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_lock.h"
#include "data/dataset.h"
#include "tokenizer/tokenizer.h"

namespace vitrine::data {

/// The files of a dataset being written. Where the folder has a dataset its shards keep their names and the new ones
/// get others ("train-00000.1.vds"); dataset.json, replaced last, decides which of them count.
class DatasetReplacement {
 public:
  /// Makes the folder and keeps other builds out of it. Errors: kIo; kInvalidArgument where one is at work in it.
  explicit DatasetReplacement(std::filesystem::path folder);
  /// Without commit(): removes what was written, and what stood there stays.
  ~DatasetReplacement();
  DatasetReplacement(const DatasetReplacement&) = delete;
  DatasetReplacement& operator=(const DatasetReplacement&) = delete;

  /// The name for the next shard, to be written by the caller.
  std::string add_shard(std::string_view split, size_t index);
  /// Writes tokenizer and dataset.json, then removes shards that the dataset does not name. Errors: kIo; the folder
  /// then holds the old dataset, or the new one where the disk failed only afterwards.
  void commit(const Dataset& dataset, const tokenizer::Tokenizer& tokenizer);

 private:
  void discard() const;
  bool may_be_in_place() const;

  std::filesystem::path folder_;
  FolderLock lock_;
  bool replaces_;       // a dataset
  int generation_ = 0;  // of shard names
  std::vector<std::string> new_files_;
  bool is_committing_ = false, is_committed_ = false;
};

}  // namespace vitrine::data
