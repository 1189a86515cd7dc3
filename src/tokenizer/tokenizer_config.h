// tokenizer_config.json in the layout of Hugging Face: what a folder says beside the vocabulary.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/tokenizer.h"

namespace vitrine::tokenizer {

/// What a tokenizer_config.json says; what is empty is left out.
struct TokenizerConfig {
  std::string chat_template;  ///< Jinja; of several the one named "default"
  std::string bos_token;
  std::string eos_token;
  std::string pad_token;
  std::string unk_token;
  std::string tokenizer_class;
  std::vector<std::string> additional_special_tokens;
  std::optional<bool> add_bos_token;
  std::optional<bool> add_eos_token;

  /// The names of all special tokens, none twice.
  std::vector<std::string> special_names() const;
};

/// Reads the text of a tokenizer_config.json; what it does not know it leaves out. Errors: kCorruptData.
TokenizerConfig parse_tokenizer_config_json(std::string_view text);

/// Reads the tokenizer_config.json of a folder, and the chat_template.jinja beside it where there is one; a folder
/// without either gives an empty config. Errors: kIo, kCorruptData, naming the path.
TokenizerConfig load_tokenizer_config(const std::filesystem::path& folder);

/// Writes the text of a tokenizer_config.json. Errors: kInvalidArgument for a token that is no special token.
std::string to_tokenizer_config_json(const Tokenizer& tokenizer, const TokenizerConfig& config);

/// Writes tokenizer_config.json, durably. Errors: kIo; kInvalidArgument for a token that is no special token.
void save_tokenizer_config(const Tokenizer& tokenizer, const TokenizerConfig& config,
                           const std::filesystem::path& path);

}  // namespace vitrine::tokenizer
