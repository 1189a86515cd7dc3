// The names that GGUF files use for pre-tokenizers of byte-level BPE models.
#pragma once

#include <string_view>

#include "tokenizer/setting.h"

namespace vitrine::tokenizer {

/// What a name of `tokenizer.ggml.pre` means.
struct GgufPreTokenizer {
  Setting setting;     ///< as tokenizer.json has it
  bool ignore_merges;  ///< a word that is a token is that token
  bool add_bos;        ///< where the file does not say whether a text starts with the start token
};

/// Returns the entry of that name. Errors: kUnsupported, naming it.
GgufPreTokenizer find_gguf_pre_tokenizer(std::string_view name);

}  // namespace vitrine::tokenizer
