// tokenizer.json in the layout of Hugging Face.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tokenizer/load_tokenizer.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/tokenizer_config.h"

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

}  // namespace vitrine::tokenizer
