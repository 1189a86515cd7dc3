// tokenizer.json and tokenizer_config.json in the layout of Hugging Face.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tokenizer/tokenizer.h"

namespace vitrine::tokenizer {

/// Writes a tokenizer as the text of a tokenizer.json, which the `tokenizers` package loads with the same ids.
/// Errors: kUnsupported for a normalizer that only SentencePiece's own format holds.
std::string to_tokenizer_json(const Tokenizer& tokenizer);

/// Reads the text of a tokenizer.json: BPE, Unigram or WordPiece, with the parts of the catalogs. `truncation` and
/// `padding` are settings of batches and left out.
/// Errors: kCorruptData for what no tokenizer.json may hold; kUnsupported, naming the part, for what this build does
/// not do (nothing that changes ids is ignored).
Tokenizer parse_tokenizer_json(std::string_view text);

/// Writes tokenizer.json so that a crash leaves the old file or the new. Errors: kIo.
void save_tokenizer(const Tokenizer& tokenizer, const std::filesystem::path& path);

/// Reads a tokenizer.json, or the one in a folder. Errors: kNotFound, kIo, and as parse_tokenizer_json, naming the
/// path.
Tokenizer load_tokenizer(const std::filesystem::path& path);

/// What a tokenizer_config.json says beside the vocabulary; what is empty is left out.
struct TokenizerConfig {
  std::string chat_template;  ///< Jinja
  std::string bos_token;
  std::string eos_token;
  std::string pad_token;
};

/// Writes the text of a tokenizer_config.json. Errors: kInvalidArgument for a token that is no special token.
std::string to_tokenizer_config_json(const Tokenizer& tokenizer, const TokenizerConfig& config);

/// Writes tokenizer_config.json, durably. Errors: kIo; kInvalidArgument for a token that is no special token.
void save_tokenizer_config(const Tokenizer& tokenizer, const TokenizerConfig& config,
                           const std::filesystem::path& path);

}  // namespace vitrine::tokenizer
