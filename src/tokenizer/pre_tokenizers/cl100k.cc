// cl100k: as llama3, but white space at the end of a text is one word.
#include "tokenizer/pre_tokenizers/catalog.h"
#include "tokenizer/pre_tokenizers/letters_and_digits.h"

namespace vitrine::tokenizer {

PreTokenizer cl100k_pre_tokenizer() {
  return {
      .name = "cl100k",
      .pattern = R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
                 R"(\s+\z|\s*[\r\n]|\s+(?!\S)|\s)",
      .word_end = letters_and_digits_word_end<3, end_of_white_space_whole_at_end>,
  };
}

}  // namespace vitrine::tokenizer
