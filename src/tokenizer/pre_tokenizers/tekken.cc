// tekken: as o200k, with single digits and without contractions.
#include "tokenizer/pre_tokenizers/catalog.h"
#include "tokenizer/pre_tokenizers/letter_case.h"

namespace vitrine::tokenizer {

PreTokenizer tekken_pre_tokenizer() {
  return {
      .name = "tekken",
      .pattern = R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|)"
                 R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|)"
                 R"(\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
      .word_end = cased_word_end<1, false>,
  };
}

}  // namespace vitrine::tokenizer
