// gpt2: words with the space before them; the oldest of the byte-level patterns.
#include "tokenizer/pre_tokenizers/catalog.h"
#include "tokenizer/pre_tokenizers/scan.h"

namespace vitrine::tokenizer {
namespace {

const char* gpt2_word_end(const char* begin, const char* end) {
  if (*begin == '\'') {
    if (const size_t length = contraction_length(begin, end, /*ignore_case=*/false)) return begin + length;
  }
  const Symbol first = read_symbol(begin, end);
  if (first.char_class != CharClass::kSpace) return skip_run(begin + first.num_bytes, end, first.char_class);
  if (*begin == ' ' && begin + 1 != end) {
    const Symbol second = read_symbol(begin + 1, end);
    if (second.char_class != CharClass::kSpace) {
      return skip_run(begin + 1 + second.num_bytes, end, second.char_class);
    }
  }
  return end_of_spaces(read_space_run(begin, end), begin, end);
}

}  // namespace

PreTokenizer gpt2_pre_tokenizer() {
  return {
      .name = "gpt2",
      .pattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
      .word_end = gpt2_word_end,
  };
}

}  // namespace vitrine::tokenizer
