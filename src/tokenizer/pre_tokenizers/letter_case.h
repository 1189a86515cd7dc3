// Words that end where a capital follows a small letter, as o200k and tekken have them.
#pragma once

#include <cstdint>

#include "tokenizer/pre_tokenizers/letters_and_digits.h"

namespace vitrine::tokenizer {

/// Ends `[^\r\n\p{L}\p{N}]?U*S+` or, where that does not match, `[^\r\n\p{L}\p{N}]?U+S*`, where U is
/// [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}] and S is [\p{Ll}\p{Lm}\p{Lo}\p{M}]. Returns null when neither matches.
const char* end_of_cased_word(const char* begin, const char* end);

template <int kMaxDigits, bool kContractions>
const char* cased_word_end(const char* begin, const char* end) {
  if (const char* word = end_of_cased_word(begin, end)) {
    if (kContractions && word != end && *word == '\'') word += contraction_length(word, end, /*ignore_case=*/true);
    return word;
  }
  const Symbol first = read_symbol(begin, end);
  const char* second = begin + first.num_bytes;
  if (first.char_class == CharClass::kNumber) return end_of_digits<kMaxDigits>(second, end);
  if (first.char_class == CharClass::kOther) return end_of_punctuation(second, end, /*with_slashes=*/true);
  if (*begin == ' ' && second != end) {
    const Symbol next = read_symbol(second, end);
    if (next.char_class == CharClass::kOther)
      return end_of_punctuation(second + next.num_bytes, end, /*with_slashes=*/true);
  }
  return end_of_white_space(begin, end);
}

}  // namespace vitrine::tokenizer
