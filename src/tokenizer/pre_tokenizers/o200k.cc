// o200k: words that end before a capital inside, with the symbol before and the contraction behind them.
#include "tokenizer/pre_tokenizers/catalog.h"
#include "tokenizer/pre_tokenizers/letter_case.h"

namespace vitrine::tokenizer {

PreTokenizer o200k_pre_tokenizer() {
  return {
      .name = "o200k",
      .pattern = R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
                 R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
                 R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
                 R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
                 R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
      .word_end = cased_word_end<3, true>,
  };
}

}  // namespace vitrine::tokenizer
