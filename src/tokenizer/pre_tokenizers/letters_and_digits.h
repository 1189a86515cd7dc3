// The family of patterns that take the one symbol before a word with it: qwen2, llama3, cl100k. They differ in how many
// digits make a word, and in the white space that ends a text.
#pragma once

#include "tokenizer/pre_tokenizers/scan.h"

namespace vitrine::tokenizer {

/// Ends `[^\s\p{L}\p{N}]+[\r\n]*`, where `at` stands behind its first symbol. With slashes: `[\r\n/]*`.
inline const char* end_of_punctuation(const char* at, const char* end, bool with_slashes = false) {
  at = skip_run(at, end, CharClass::kOther);
  while (at != end && (is_newline(*at) || (with_slashes && *at == '/'))) ++at;
  return at;
}

/// Ends `\p{N}{1,kMaxDigits}`, where `at` stands behind its first digit.
template <int kMaxDigits>
const char* end_of_digits(const char* at, const char* end) {
  for (int count = 1; count < kMaxDigits && at != end; ++count) {
    const Symbol symbol = read_symbol(at, end);
    if (symbol.char_class != CharClass::kNumber) break;
    at += symbol.num_bytes;
  }
  return at;
}

/// Ends `\s*[\r\n]+|\s+(?!\S)|\s+`.
inline const char* end_of_white_space(const char* begin, const char* end) {
  const SpaceRun run = read_space_run(begin, end);
  return run.after_newline != nullptr ? run.after_newline : end_of_spaces(run, begin, end);
}

/// Ends `\s++$|\s*[\r\n]|\s+(?!\S)|\s`: white space at the end of the text is one word.
inline const char* end_of_white_space_whole_at_end(const char* begin, const char* end) {
  const SpaceRun run = read_space_run(begin, end);
  if (run.end == end) return end;
  return run.after_newline != nullptr ? run.after_newline : end_of_spaces(run, begin, end);
}

template <int kMaxDigits, const char* (*kEndOfWhiteSpace)(const char*, const char*)>
const char* letters_and_digits_word_end(const char* begin, const char* end) {
  if (*begin == '\'') {
    if (const size_t length = contraction_length(begin, end, /*ignore_case=*/true)) return begin + length;
  }
  const Symbol first = read_symbol(begin, end);
  const char* second = begin + first.num_bytes;
  if (first.char_class == CharClass::kLetter) return skip_run(second, end, CharClass::kLetter);
  if (first.char_class == CharClass::kNumber) return end_of_digits<kMaxDigits>(second, end);
  const Symbol next = second == end ? Symbol{CharClass::kNumber, 0} : read_symbol(second, end);
  if (next.char_class == CharClass::kLetter && !is_newline(*begin)) {
    return skip_run(second + next.num_bytes, end, CharClass::kLetter);
  }
  if (first.char_class == CharClass::kOther) return end_of_punctuation(second, end);
  if (*begin == ' ' && next.char_class == CharClass::kOther) return end_of_punctuation(second + next.num_bytes, end);
  return kEndOfWhiteSpace(begin, end);
}

}  // namespace vitrine::tokenizer
