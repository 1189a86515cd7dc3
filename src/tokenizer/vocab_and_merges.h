// The older pair of files of byte-level BPE models: vocab.json and merges.txt.
#pragma once

#include <string_view>

#include "tokenizer/tokenizer.h"

namespace vitrine::tokenizer {

/// Puts a byte-level BPE tokenizer together; the files do not say which pre-tokenizer it has. `special_names` are special
/// tokens: those that the vocabulary lacks get the ids behind it, in order.
/// Errors: kCorruptData.
Tokenizer parse_vocab_and_merges(std::string_view vocab_json, std::string_view merges_text,
                                 const PreTokenizer& pre_tokenizer, const std::vector<std::string>& special_names);

}  // namespace vitrine::tokenizer
