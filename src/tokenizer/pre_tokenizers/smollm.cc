// smollm: each digit alone, then gpt2 on what lies between: it sees nothing of the digits around.
#include "tokenizer/pre_tokenizers/catalog.h"
#include "tokenizer/pre_tokenizers/scan.h"

namespace vitrine::tokenizer {
namespace {

const char* smollm_word_end(const char* begin, const char* end) {
  if (*begin == '\'') {
    if (const size_t length = contraction_length(begin, end, /*ignore_case=*/false)) return begin + length;
  }
  const Symbol first = read_symbol(begin, end);
  const char* second_at = begin + first.num_bytes;
  if (first.char_class == CharClass::kNumber) return second_at;
  if (first.char_class != CharClass::kSpace) return skip_run(second_at, end, first.char_class);
  if (*begin == ' ' && second_at != end) {
    const Symbol second = read_symbol(second_at, end);
    if (second.char_class == CharClass::kLetter || second.char_class == CharClass::kOther)
      return skip_run(second_at + second.num_bytes, end, second.char_class);
  }
  const SpaceRun run = read_space_run(begin, end);
  const bool before_digit = run.end != end && read_symbol(run.end, end).char_class == CharClass::kNumber;
  return before_digit ? run.end : end_of_spaces(run, begin, end);
}

}  // namespace

PreTokenizer smollm_pre_tokenizer() {
  return {
      .name = "smollm",
      .pattern = R"(\p{N}|'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s+)",
      .word_end = smollm_word_end,
  };
}

}  // namespace vitrine::tokenizer
