// qwen2: words with the one symbol before them, single digits, punctuation with the newlines after it.
#include "tokenizer/pre_tokenizers/catalog.h"
#include "tokenizer/pre_tokenizers/scan.h"

namespace vitrine::tokenizer {
namespace {

/// Ends `[^\s\p{L}\p{N}]+[\r\n]*`, where `at` stands behind its first symbol.
const char* end_of_punctuation(const char* at, const char* end) {
  at = skip_run(at, end, CharClass::kOther);
  while (at != end && is_newline(*at)) ++at;
  return at;
}

const char* qwen2_word_end(const char* begin, const char* end) {
  if (*begin == '\'') {
    if (const size_t length = contraction_length(begin, end, /*ignore_case=*/true)) return begin + length;
  }
  const Symbol first = read_symbol(begin, end);
  const char* second = begin + first.num_bytes;
  if (first.char_class == CharClass::kLetter) return skip_run(second, end, CharClass::kLetter);
  if (first.char_class == CharClass::kNumber) return second;
  const Symbol next = second == end ? Symbol{CharClass::kNumber, 0} : read_symbol(second, end);
  if (next.char_class == CharClass::kLetter && !is_newline(*begin)) {
    return skip_run(second + next.num_bytes, end, CharClass::kLetter);
  }
  if (first.char_class == CharClass::kOther) return end_of_punctuation(second, end);
  if (*begin == ' ' && next.char_class == CharClass::kOther) return end_of_punctuation(second + next.num_bytes, end);
  const SpaceRun run = read_space_run(begin, end);
  return run.after_newline != nullptr ? run.after_newline : end_of_spaces(run, begin, end);
}

}  // namespace

PreTokenizer qwen2_pre_tokenizer() {
  return {
      .name = "qwen2",
      .pattern = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
                 R"(\s*[\r\n]+|\s+(?!\S)|\s+)",
      .word_end = qwen2_word_end,
  };
}

}  // namespace vitrine::tokenizer
