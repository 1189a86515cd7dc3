// Tokenizers from files of any kind.
#pragma once

#include <filesystem>

#include "tokenizer/tokenizer.h"

namespace vitrine::tokenizer {

/// Reads a tokenizer from a tokenizer.json, a SentencePiece .model, a .tiktoken rank file, or a folder that holds
/// tokenizer.json, tokenizer.model, or vocab.json and merges.txt beside a tokenizer_config.json that names a known class.
/// Errors: kNotFound, kIo; kCorruptData and kUnsupported as the readers of each kind, naming the path.
Tokenizer load_tokenizer(const std::filesystem::path& path);

/// Tells whether a folder holds a file that load_tokenizer reads.
bool holds_tokenizer(const std::filesystem::path& folder);

}  // namespace vitrine::tokenizer
