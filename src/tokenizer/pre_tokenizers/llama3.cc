// llama3: as qwen2, with up to three digits in a word.
#include "tokenizer/pre_tokenizers/catalog.h"
#include "tokenizer/pre_tokenizers/letters_and_digits.h"

namespace vitrine::tokenizer {

PreTokenizer llama3_pre_tokenizer() {
  return {
      .name = "llama3",
      .pattern = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
                 R"(\s*[\r\n]+|\s+(?!\S)|\s+)",
      .word_end = letters_and_digits_word_end<3, end_of_white_space>,
  };
}

}  // namespace vitrine::tokenizer
