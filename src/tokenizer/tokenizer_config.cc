#include "tokenizer/tokenizer_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxConfigBytes = size_t{32} << 20;
constexpr int kMaxConfigDepth = 32;

[[noreturn]] void corrupt_tokenizer_config(std::string what) {
  throw Error(ErrorCode::kCorruptData, "tokenizer_config.json: " + std::move(what), "get the file again");
}

Json parse(std::string_view text) {
  if (text.size() > kMaxConfigBytes) corrupt_tokenizer_config(fmt::format("larger than {} bytes", kMaxConfigBytes));
  const auto watch = [](int depth, Json::parse_event_t, Json&) {
    if (depth > kMaxConfigDepth) corrupt_tokenizer_config(fmt::format("nested deeper than {} levels", kMaxConfigDepth));
    return true;
  };
  try {
    Json json = Json::parse(text, watch);
    if (!json.is_object()) corrupt_tokenizer_config("the file is no object");
    return json;
  } catch (const Json::parse_error& error) {
    corrupt_tokenizer_config(fmt::format("not JSON at byte {}", error.byte));
  } catch (const Json::out_of_range&) {
    corrupt_tokenizer_config("not JSON: a number that f64 cannot hold");
  }
}

/// A token is written as its name, or as an object that holds it.
std::string token_name(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("content") && value["content"].is_string())
    return value["content"].get<std::string>();
  return "";
}

std::string token_member(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() ? "" : token_name(*found);
}

std::optional<bool> find_flag(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_boolean()) return std::nullopt;
  return found->get<bool>();
}

/// A template is written as text, or as a list of named ones.
std::string read_chat_template(const Json& json) {
  const auto found = json.find("chat_template");
  if (found == json.end()) return "";
  if (found->is_string()) return found->get<std::string>();
  if (!found->is_array()) return "";
  for (const Json& entry : *found)
    if (entry.is_object() && entry.value("name", Json()) == "default" && entry.value("template", Json()).is_string())
      return entry["template"].get<std::string>();
  return "";
}

}  // namespace

std::vector<std::string> TokenizerConfig::special_names() const {
  std::vector<std::string> names{bos_token, eos_token, pad_token, unk_token};
  names.insert(names.end(), additional_special_tokens.begin(), additional_special_tokens.end());
  std::vector<std::string> unique;
  for (std::string& name : names)
    if (!name.empty() && std::find(unique.begin(), unique.end(), name) == unique.end())
      unique.push_back(std::move(name));
  return unique;
}

TokenizerConfig parse_tokenizer_config_json(std::string_view text) {
  const Json json = parse(text);
  TokenizerConfig config{
      .chat_template = read_chat_template(json),
      .bos_token = token_member(json, "bos_token"),
      .eos_token = token_member(json, "eos_token"),
      .pad_token = token_member(json, "pad_token"),
      .unk_token = token_member(json, "unk_token"),
      .tokenizer_class = token_member(json, "tokenizer_class"),
      .add_bos_token = find_flag(json, "add_bos_token"),
      .add_eos_token = find_flag(json, "add_eos_token"),
  };
  if (const auto found = json.find("additional_special_tokens"); found != json.end() && found->is_array())
    for (const Json& entry : *found) config.additional_special_tokens.push_back(token_name(entry));
  return config;
}

TokenizerConfig load_tokenizer_config(const std::filesystem::path& folder) {
  TokenizerConfig config;
  std::error_code ignored;
  const auto path = folder / "tokenizer_config.json", template_path = folder / "chat_template.jinja";
  try {
    if (std::filesystem::exists(path, ignored)) config = parse_tokenizer_config_json(read_small_text(path));
  } catch (const Error& error) {
    throw error.wrapped(fmt::format("load '{}'", path.string()));
  }
  if (std::filesystem::exists(template_path, ignored)) config.chat_template = read_small_text(template_path);
  return config;
}

std::string to_tokenizer_config_json(const Tokenizer& tokenizer, const TokenizerConfig& config) {
  nlohmann::ordered_json json;
  json["tokenizer_class"] = "PreTrainedTokenizerFast";
  json["clean_up_tokenization_spaces"] = false;
  json["model_input_names"] = {"input_ids",
                               "attention_mask"};  // transformers' default has token types, which no model takes
  const auto add_token = [&](const char* key, const std::string& name) {
    if (name.empty()) return;
    if (!tokenizer.special_id(name)) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("save tokenizer config: {} '{}' is no special token", key, name),
                  "use one that the tokenizer was trained with");
    }
    json[key] = name;
  };
  add_token("bos_token", config.bos_token);
  add_token("eos_token", config.eos_token);
  add_token("pad_token", config.pad_token);
  if (!is_valid_utf8(config.chat_template)) {
    throw Error(ErrorCode::kInvalidArgument, "save tokenizer config: the chat template is not UTF-8",
                "save it as UTF-8");
  }
  if (!config.chat_template.empty()) json["chat_template"] = config.chat_template;
  return json.dump(2) + "\n";
}

void save_tokenizer_config(const Tokenizer& tokenizer, const TokenizerConfig& config,
                           const std::filesystem::path& path) {
  write_file_durably(path, to_tokenizer_config_json(tokenizer, config));
}

}  // namespace vitrine::tokenizer
