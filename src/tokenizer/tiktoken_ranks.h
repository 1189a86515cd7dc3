// Rank files of OpenAI's tiktoken: lines of a token in base64 and its rank, which is its id.
#pragma once

#include <filesystem>
#include <string_view>

#include "tokenizer/tokenizer.h"

namespace vitrine::tokenizer {

/// The encodings that the files are known for: r50k_base (gpt2's), p50k_base, cl100k_base, o200k_base. Each has a
/// pre-tokenizer and special tokens that its file does not say.
/// Errors: kInvalidArgument for another name, listing those there are; kCorruptData for a bad file.
Tokenizer parse_tiktoken_ranks(std::string_view text, std::string_view encoding);

/// Reads a file whose name without ".tiktoken" is that of the encoding. Errors: kNotFound, kIo, and as above.
Tokenizer load_tiktoken_ranks(const std::filesystem::path& path);

}  // namespace vitrine::tokenizer
