#include "data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/sealed_json.h"

namespace vitrine::data {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kFileName = "dataset.json";
constexpr const char* kFormat = "vitrine-dataset";
constexpr int kVersion = 1;
constexpr int kMaxDepth = 6;
constexpr const char* kRebuildHint = "run `vitrine data build` again";

Error corrupt_dataset(const std::string& problem) {
  return Error(ErrorCode::kCorruptData, fmt::format("{} {}", kFileName, problem), kRebuildHint);
}

int64_t size_at(const Json& json, const char* key) {
  if (!json.is_object() || !json.contains(key) || !json[key].is_number_unsigned() ||
      json[key].get<uint64_t>() > uint64_t{1} << 62)
    throw corrupt_dataset(fmt::format("has no valid '{}'", key));
  return json[key].get<int64_t>();
}

std::string text_at(const Json& json, const char* key) {
  if (!json.is_object() || !json.contains(key) || !json[key].is_string())
    throw corrupt_dataset(fmt::format("has no valid '{}'", key));
  return json[key].get<std::string>();
}

const Json& list_at(const Json& json, const char* key) {
  if (!json.is_object() || !json.contains(key) || !json[key].is_array())
    throw corrupt_dataset(fmt::format("has no valid '{}'", key));
  return json[key];
}

Json split_json(const DatasetSplit& split) {
  Json json = {{"name", split.name},
               {"documents", split.num_documents},
               {"tokens", split.num_tokens},
               {"bytes", split.num_bytes},
               {"shards", Json::array()}};
  for (const ShardFile& shard : split.shards)
    json["shards"].push_back({{"name", shard.name}, {"checksum", shard.checksum}});
  return json;
}

DatasetSplit parse_split(const Json& json) {
  DatasetSplit split{.name = text_at(json, "name"),
                     .num_documents = size_at(json, "documents"),
                     .num_tokens = size_at(json, "tokens"),
                     .num_bytes = size_at(json, "bytes")};
  for (const Json& shard : list_at(json, "shards")) {
    split.shards.push_back({text_at(shard, "name"), text_at(shard, "checksum")});
    const std::string& name = split.shards.back().name;
    if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos)
      throw corrupt_dataset(fmt::format("names a shard outside its folder"));
  }
  if (split.shards.empty()) throw corrupt_dataset("has a split without shards");
  return split;
}

Dataset parse_dataset(std::string_view text) {
  io::check_seal(text, kFileName, kMaxDepth);
  const Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (text_at(json, "format") != kFormat) throw corrupt_dataset("is not one of a dataset");
  if (const int64_t version = size_at(json, "version"); version != kVersion)
    throw Error(ErrorCode::kUnsupported, fmt::format("{} has version {}, expected {}", kFileName, version, kVersion),
                "build the dataset again with this release");
  Dataset dataset;
  dataset.tokenizer_checksum = text_at(json, "tokenizer_checksum");
  dataset.vocab_size = size_at(json, "vocab_size");
  dataset.num_files = size_at(json, "files");
  dataset.num_conversations = size_at(json, "conversations");
  dataset.num_duplicates = size_at(json, "duplicates");
  dataset.num_empty_documents = size_at(json, "empty_documents");
  for (const Json& split : list_at(json, "splits")) dataset.splits.push_back(parse_split(split));
  return dataset;
}

}  // namespace

bool Dataset::has_split(std::string_view name) const {
  return std::any_of(splits.begin(), splits.end(), [&](const auto& split) { return split.name == name; });
}

const DatasetSplit& Dataset::split(std::string_view name) const {
  for (const DatasetSplit& split : splits)
    if (split.name == name) return split;
  throw Error(ErrorCode::kNotFound, fmt::format("dataset '{}': it has no split '{}'", folder.string(), name),
              "build it again with a validation share above 0");
}

ShardSet Dataset::open_split(std::string_view name) const {
  std::vector<fs::path> paths;
  for (const ShardFile& shard : split(name).shards) paths.push_back(folder / shard.name);
  ShardSet set(paths);
  for (size_t i = 0; i < paths.size(); ++i)
    if (set.shards()[i].checksum() != split(name).shards[i].checksum)
      throw Error(ErrorCode::kMismatch,
                  fmt::format("open dataset '{}': {} is not the shard that {} names", folder.string(),
                              paths[i].filename().string(), kFileName),
                  "the shards come from different builds: run `vitrine data build` again");
  return set;
}

void write_dataset(const Dataset& dataset) {
  Json json = {{"format", kFormat},
               {"version", kVersion},
               {"tokenizer_checksum", dataset.tokenizer_checksum},
               {"vocab_size", dataset.vocab_size},
               {"files", dataset.num_files},
               {"conversations", dataset.num_conversations},
               {"duplicates", dataset.num_duplicates},
               {"empty_documents", dataset.num_empty_documents},
               {"splits", Json::array()}};
  for (const DatasetSplit& split : dataset.splits) json["splits"].push_back(split_json(split));
  write_file_durably(dataset.folder / kFileName, io::seal_json(json.dump(2)));
}

Dataset open_dataset(const fs::path& folder) {
  try {
    Dataset dataset = parse_dataset(read_file(folder / kFileName));
    dataset.folder = folder;
    return dataset;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound)
      throw Error(error.code(), fmt::format("open dataset '{}': there is no {}", folder.string(), kFileName),
                  "give a folder that `vitrine data build` made; a build that was interrupted has to be run again");
    const Error wrapped = error.wrapped(fmt::format("open dataset '{}'", folder.string()));
    throw Error(wrapped.code(), wrapped.message(), wrapped.hint().empty() ? kRebuildHint : wrapped.hint());
  }
}

bool has_dataset(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / kFileName, ignored);
}

}  // namespace vitrine::data
