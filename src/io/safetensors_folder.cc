#include "io/safetensors_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "io/json_depth.h"

namespace vitrine::io {
namespace {

namespace fs = std::filesystem;
using OrderedJson = nlohmann::ordered_json;

constexpr int kMaxIndexDepth = 4;
constexpr std::string_view kExtension = ".safetensors";

Error corrupt_shard_index(const std::string& problem) {
  return Error(ErrorCode::kCorruptData, fmt::format("{}: {}", kShardIndexName, problem),
               "the index is damaged or belongs to another model: download it again");
}

/// A name that stays inside the folder.
bool is_plain_name(std::string_view name) {
  return name.size() > kExtension.size() && name.ends_with(kExtension) && name.front() != '.' &&
         name.find_first_of("/\\") == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

/// Tensor name to shard name.
std::map<std::string, std::string> read_weight_map(const std::string& text) {
  if (json_nesting_depth(text) > kMaxIndexDepth) throw corrupt_shard_index("nested too deep");
  const OrderedJson json = OrderedJson::parse(text, nullptr, false);
  const auto found = json.is_object() ? json.find("weight_map") : json.end();
  if (!json.is_object() || found == json.end() || !found->is_object() || found->empty())
    throw corrupt_shard_index("no object 'weight_map' (expected the shard of each tensor)");
  std::map<std::string, std::string> shards;
  for (const auto& [tensor, shard] : found->items()) {
    if (!shard.is_string() || !is_plain_name(shard.get_ref<const std::string&>()))
      throw corrupt_shard_index(
          fmt::format("tensor '{}' lies in '{}' (expected a .safetensors file in the same folder)", excerpt(tensor),
                      excerpt(shard.is_string() ? shard.get<std::string>() : shard.type_name())));
    shards[tensor] = shard.get<std::string>();
  }
  return shards;
}

/// Refuses the weights that PyTorch pickles, which are the only ones of some older models.
void refuse_pickled_weights(const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder / kWeightsName, ignored)) return;
  for (const char* const name : {"pytorch_model.bin", "pytorch_model.bin.index.json"})
    if (fs::exists(folder / name, ignored))
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("the weights are in '{}', a format that is not read", (folder / name).string()),
                  "safetensors are: load the folder with transformers and write it with "
                  "model.save_pretrained(FOLDER, safe_serialization=True)");
}

int64_t elements_of(const SafetensorsEntry& entry) {
  int64_t count = 1;
  for (const int64_t extent : entry.extents) count *= extent;  // checked against the file when it was opened
  return count;
}

}  // namespace

SafetensorsFolder::SafetensorsFolder(const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder / kWeightsName, ignored) || !fs::exists(folder / kShardIndexName, ignored)) {
    refuse_pickled_weights(folder);
    files_.push_back(std::make_unique<SafetensorsFile>(folder / kWeightsName));
  } else {
    open_shards(folder);
  }
  collect_entries();
}

void SafetensorsFolder::open_shards(const fs::path& folder) {
  const auto shard_of = read_weight_map(read_small_text(folder / kShardIndexName));
  std::map<std::string, const SafetensorsFile*> shards;
  for (const auto& [tensor, shard] : shard_of) {
    const SafetensorsFile*& file = shards[shard];
    if (file == nullptr) {
      files_.push_back(std::make_unique<SafetensorsFile>(folder / shard));
      file = files_.back().get();
    }
    if (file->find(tensor) == nullptr)
      throw corrupt_shard_index(fmt::format("tensor '{}' is not in '{}'", excerpt(tensor), shard));
  }
}

void SafetensorsFolder::collect_entries() {
  for (const auto& file : files_)
    for (const SafetensorsEntry& entry : file->entries()) {
      if (!file_of_.emplace(entry.name, file.get()).second)
        throw corrupt_shard_index(fmt::format("tensor '{}' lies in two shards", excerpt(entry.name)));
      entries_.push_back(&entry);
    }
  std::sort(entries_.begin(), entries_.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
}

int64_t SafetensorsFolder::num_elements() const {
  int64_t total = 0;
  for (const SafetensorsEntry* entry : entries_) total += elements_of(*entry);
  return total;
}

Tensor SafetensorsFolder::read(std::string_view name) const {
  const auto found = file_of_.find(name);
  return (found == file_of_.end() ? files_.front().get() : found->second)->read(name);
}

NamedTensors SafetensorsFolder::read_all() const {
  NamedTensors tensors;
  for (const SafetensorsEntry* entry : entries_) tensors.emplace_back(entry->name, read(entry->name));
  return tensors;
}

void write_safetensors_shards(const FileOpener& open_file, const NamedTensors& tensors, int64_t max_shard_bytes) {
  std::vector<NamedTensors> shards(1);
  int64_t shard_bytes = 0, total_bytes = 0;
  for (const auto& named : tensors) {
    const int64_t bytes = named.second.num_bytes();
    if (!shards.back().empty() && shard_bytes + bytes > max_shard_bytes) {
      shards.emplace_back();
      shard_bytes = 0;
    }
    shards.back().push_back(named);
    shard_bytes += bytes;
    total_bytes += bytes;
  }
  const auto write = [&](const std::string& name, const NamedTensors& part) {
    open_file(name, [&](const ByteSink& sink) { write_safetensors(sink, part, {{"format", "pt"}}); });
  };
  if (shards.size() == 1) return write(std::string(kWeightsName), shards.front());
  OrderedJson index = {{"metadata", {{"total_size", total_bytes}}}, {"weight_map", OrderedJson::object()}};
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string name = fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards.size());
    for (const auto& named : shards[i]) index["weight_map"][named.first] = name;
    write(name, shards[i]);
  }
  const std::string text = index.dump(2) + "\n";
  open_file(std::string(kShardIndexName), [&](const ByteSink& sink) { sink(text.data(), text.size()); });
}

}  // namespace vitrine::io
