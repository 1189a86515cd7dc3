#include "tokenizer/pre_tokenizers/scan.h"

#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {

Symbol read_wide_symbol(const char* at, const char* end) {
  const Utf8Char character = read_utf8(at, end);
  if (character.status != Utf8Status::kValid) return {CharClass::kOther, 1};
  return {CharClasses::get().of(character.code_point), character.length};
}

SpaceRun read_space_run(const char* at, const char* end) {
  SpaceRun run{at, at, nullptr};
  while (run.end != end) {
    const Symbol symbol = read_symbol(run.end, end);
    if (symbol.char_class != CharClass::kSpace) break;
    const bool newline = is_newline(*run.end);
    run.last_symbol = run.end;
    run.end += symbol.num_bytes;
    if (newline) run.after_newline = run.end;
  }
  return run;
}

size_t contraction_length(const char* at, const char* end, bool ignore_case) {
  const auto letter_at = [&](ptrdiff_t offset) -> char {
    if (end - at <= offset) return '\0';
    const char c = at[offset];
    return ignore_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  };
  const char first = letter_at(1), second = letter_at(2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  if ((first == 'r' || first == 'v') && second == 'e') return 3;
  if (first == 'l' && second == 'l') return 3;
  // Without regard to case the long s, U+017F, is an s as well.
  if (ignore_case && first == '\xC5' && second == '\xBF') return 3;
  return 0;
}

}  // namespace vitrine::tokenizer
