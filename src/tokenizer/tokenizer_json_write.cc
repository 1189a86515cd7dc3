// Written by hand rather than through a JSON tree, so that the vocabulary stands in the order of ids.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

std::string json_string(std::string_view text) { return nlohmann::json(text).dump(); }

std::string token_string(const Tokenizer& tokenizer, TokenId id) {
  return json_string(to_byte_alphabet(tokenizer.token_bytes(id)));
}

std::string added_tokens(const Tokenizer& tokenizer) {
  std::string text;
  for (const SpecialToken& token : tokenizer.special_tokens()) {
    text += fmt::format(
        "{}\n    {{\"id\": {}, \"content\": {}, \"single_word\": false, \"lstrip\": false, \"rstrip\": false, "
        "\"normalized\": false, \"special\": true}}",
        text.empty() ? "" : ",", token.id, json_string(token.name));
  }
  return text.empty() ? "[]" : "[" + text + "\n  ]";
}

/// The byte-level step holds the gpt2 pattern itself; any other pattern is a step before it.
std::string pre_tokenizer(const PreTokenizer& pre_tokenizer) {
  const auto byte_level = [](bool use_regex) {
    return fmt::format(R"({{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": {}}})",
                       use_regex);
  };
  if (pre_tokenizer.name == "gpt2") return byte_level(true);
  return fmt::format(R"({{
    "type": "Sequence",
    "pretokenizers": [
      {{"type": "Split", "pattern": {{"Regex": {}}}, "behavior": "Isolated", "invert": false}},
      {}
    ]
  }})",
                     json_string(pre_tokenizer.pattern), byte_level(false));
}

std::string vocab(const Tokenizer& tokenizer) {
  std::string text;
  for (TokenId id = 0; id < tokenizer.vocab_size(); ++id) {
    const std::string name =
        tokenizer.is_special(id) ? json_string(tokenizer.token_bytes(id)) : token_string(tokenizer, id);
    text += fmt::format("{}\n      {}: {}", text.empty() ? "" : ",", name, id);
  }
  return text;
}

std::string merges(const Tokenizer& tokenizer) {
  std::string text;
  for (const Merge& merge : tokenizer.vocabulary().merges) {
    // "left right" in one string is the form that every version of the readers knows.
    const std::string pair = to_byte_alphabet(tokenizer.token_bytes(merge.left)) + " " +
                             to_byte_alphabet(tokenizer.token_bytes(merge.right));
    text += fmt::format("{}\n      {}", text.empty() ? "" : ",", json_string(pair));
  }
  return text;
}

}  // namespace

std::string to_tokenizer_json(const Tokenizer& tokenizer) {
  return fmt::format(R"({{
  "version": "1.0",
  "truncation": null,
  "padding": null,
  "added_tokens": {},
  "normalizer": null,
  "pre_tokenizer": {},
  "post_processor": null,
  "decoder": {{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}},
  "model": {{
    "type": "BPE",
    "dropout": null,
    "unk_token": null,
    "continuing_subword_prefix": null,
    "end_of_word_suffix": null,
    "fuse_unk": false,
    "byte_fallback": false,
    "ignore_merges": false,
    "vocab": {{{}
    }},
    "merges": [{}
    ]
  }}
}}
)",
                     added_tokens(tokenizer), pre_tokenizer(tokenizer.pre_tokenizer()), vocab(tokenizer),
                     merges(tokenizer));
}

void save_tokenizer(const Tokenizer& tokenizer, const std::filesystem::path& path) {
  write_file_durably(path, to_tokenizer_json(tokenizer));
}

std::string to_tokenizer_config_json(const Tokenizer& tokenizer, const TokenizerConfig& config) {
  nlohmann::ordered_json json;
  json["tokenizer_class"] = "PreTrainedTokenizerFast";
  json["clean_up_tokenization_spaces"] = false;
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
