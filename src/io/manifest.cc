#include "io/manifest.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "io/json_depth.h"
#include "io/sealed_json.h"

namespace vitrine::io {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr const char* kFormat = "vitrine-checkpoint";
constexpr int kVersion = 1;
constexpr int kMaxDepth = 32;

Error corrupt_manifest(const std::string& problem) {
  return Error(ErrorCode::kCorruptData, "manifest.json " + problem);
}

int64_t size_at(const OrderedJson& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number_unsigned() || found->get<uint64_t>() > uint64_t{1} << 62)
    throw corrupt_manifest(fmt::format("has no valid '{}'", key));
  return found->get<int64_t>();
}

std::string text_at(const OrderedJson& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string()) throw corrupt_manifest(fmt::format("has no valid '{}'", key));
  return found->get<std::string>();
}

}  // namespace

bool is_plain_file_name(std::string_view name) {
  if (name.empty() || name.size() > 200 || name.front() == '.' || name == kManifestName) return false;
  for (const char c : name) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.') return false;
  }
  return true;
}

std::string manifest_text(int64_t step, const std::vector<CheckpointFile>& files, std::string_view lineage_json) {
  OrderedJson json = {{"format", kFormat}, {"version", kVersion}, {"step", step}, {"files", OrderedJson::array()}};
  for (const CheckpointFile& file : files)
    json["files"].push_back({{"name", file.name}, {"bytes", file.num_bytes}, {"xxh3_128", file.checksum}});
  OrderedJson lineage;
  if (json_nesting_depth(lineage_json) < kMaxDepth)
    lineage = OrderedJson::parse(lineage_json.begin(), lineage_json.end(), nullptr, /*allow_exceptions=*/false);
  if (!lineage.is_object())
    throw Error(ErrorCode::kInvalidArgument, "save checkpoint: the lineage is not a JSON object");
  json["lineage"] = std::move(lineage);
  return seal_json(json.dump(2));
}

Checkpoint parse_manifest(std::string_view text) {
  check_seal(text, kManifestName, kMaxDepth + 1);
  const OrderedJson json = OrderedJson::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || text_at(json, "format") != kFormat) throw corrupt_manifest("is not one of a checkpoint");
  if (const int64_t version = size_at(json, "version"); version != kVersion)
    throw Error(ErrorCode::kUnsupported, fmt::format("manifest.json has version {}, expected {}", version, kVersion),
                "the checkpoint comes from another release of vitrine: open it with that one");
  Checkpoint checkpoint;
  checkpoint.step = size_at(json, "step");
  if (!json.contains("lineage") || !json.contains("files") || !json["files"].is_array())
    throw corrupt_manifest("has no list of files or no lineage");
  checkpoint.lineage_json = json["lineage"].dump();
  std::set<std::string> names;
  for (const OrderedJson& file : json["files"]) {
    if (!file.is_object()) throw corrupt_manifest("has a file that is not an object");
    checkpoint.files.push_back({text_at(file, "name"), size_at(file, "bytes"), text_at(file, "xxh3_128")});
    const std::string& name = checkpoint.files.back().name;
    if (!is_plain_file_name(name) || !names.insert(name).second)
      throw corrupt_manifest("names a file that it may not name");
  }
  return checkpoint;
}

}  // namespace vitrine::io
