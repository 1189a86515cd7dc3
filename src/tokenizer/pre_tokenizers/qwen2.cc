// qwen2: words with the one symbol before them, single digits, punctuation with the newlines after it.
#include "tokenizer/pre_tokenizers/catalog.h"
#include "tokenizer/pre_tokenizers/letters_and_digits.h"

namespace vitrine::tokenizer {

PreTokenizer qwen2_pre_tokenizer() {
  return {
      .name = "qwen2",
      .pattern = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
                 R"(\s*[\r\n]+|\s+(?!\S)|\s+)",
      .word_end = letters_and_digits_word_end<1, end_of_white_space>,
  };
}

}  // namespace vitrine::tokenizer
