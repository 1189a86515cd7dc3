#include "data/dataset_replacement.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "tokenizer/tokenizer_json.h"

namespace vitrine::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kShardExtension = ".vds";

fs::path made_folder(fs::path folder) {
  std::error_code status;
  fs::create_directories(folder, status);
  if (status)
    throw Error(ErrorCode::kIo, fmt::format("create folder '{}': {}", folder.string(), status.message()),
                "choose a folder that you may write to");
  return folder;
}

std::vector<fs::path> shards_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == kShardExtension) paths.push_back(entry.path());
  return paths;
}

/// A folder of anything but a dataset is somebody's: a model's tokenizer.json must not become the dataset's.
void require_own_folder(const fs::path& folder) {
  if (has_dataset(folder)) return;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    // What a build leaves that was killed, and the lock of this one.
    if (entry.path().extension() == kShardExtension || name.starts_with(".") || name.ends_with(".tmp")) continue;
    if (name == "tokenizer.json" && !shards_in(folder).empty()) continue;
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("build data: '{}' holds other things, such as '{}', and no dataset", folder.string(), name),
                "give an --out that is new, empty, or a dataset");
  }
}

/// What stands before the extension of shards of a generation: nothing for the first, then ".1", ".2".
std::string generation_suffix(int generation) { return generation == 0 ? "" : fmt::format(".{}", generation); }

/// The first generation that no shard in the folder is of.
int free_generation(const fs::path& folder) {
  std::unordered_set<std::string> taken;
  for (const fs::path& path : shards_in(folder)) taken.insert(path.stem().extension().string());
  int generation = 0;
  while (taken.contains(generation_suffix(generation))) ++generation;
  return generation;
}

std::unordered_set<std::string> shard_names(const Dataset& dataset) {
  std::unordered_set<std::string> names;
  for (const DatasetSplit& split : dataset.splits)
    for (const ShardFile& shard : split.shards) names.insert(shard.name);
  return names;
}

}  // namespace

DatasetReplacement::DatasetReplacement(fs::path folder)
    : folder_(made_folder(std::move(folder))), lock_(folder_, "another build"), replaces_(has_dataset(folder_)) {
  require_own_folder(folder_);
  if (replaces_) generation_ = free_generation(folder_);
}

DatasetReplacement::~DatasetReplacement() {
  if (!is_committed_ && !(is_committing_ && may_be_in_place())) discard();
}

std::string DatasetReplacement::add_shard(std::string_view split, size_t index) {
  new_files_.push_back(fmt::format("{}-{:05}{}{}", split, index, generation_suffix(generation_), kShardExtension));
  return new_files_.back();
}

void DatasetReplacement::commit(const Dataset& dataset, const tokenizer::Tokenizer& tokenizer) {
  // Until dataset.json names it a new tokenizer must not take the place of the old one.
  const fs::path path = replaces_ ? dataset.next_tokenizer_path() : dataset.tokenizer_path();
  std::error_code ignored;
  if (replaces_ || !fs::exists(path, ignored)) new_files_.push_back(path.filename().string());
  tokenizer::save_tokenizer(tokenizer, path);
  is_committing_ = true;
  write_dataset(dataset);
  is_committed_ = true;
  if (replaces_) rename_durably(path, dataset.tokenizer_path());
  const auto named = shard_names(dataset);
  for (const fs::path& shard : shards_in(folder_))
    if (!named.contains(shard.filename().string())) fs::remove(shard, ignored);
}

void DatasetReplacement::discard() const {
  std::error_code ignored;
  for (const std::string& name : new_files_) fs::remove(folder_ / name, ignored);
}

/// Whether dataset.json may be the new one although writing it failed: its last step comes after the rename.
bool DatasetReplacement::may_be_in_place() const {
  try {
    const auto named = shard_names(open_dataset(folder_));
    return std::any_of(new_files_.begin(), new_files_.end(), [&](const auto& name) { return named.contains(name); });
  } catch (const Error& error) {
    return error.code() != ErrorCode::kNotFound;
  } catch (...) {
    return true;
  }
}

}  // namespace vitrine::data
