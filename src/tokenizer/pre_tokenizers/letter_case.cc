#include "tokenizer/pre_tokenizers/letter_case.h"

#include <array>

#include "tokenizer/unicode/categories.h"
#include "tokenizer/unicode/code_point_map.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

// Bit 0: U, bit 1: S; letters without case and marks have both.
constexpr uint8_t kUpper = 1, kSmall = 2;

uint8_t cases_of(Category category) {
  switch (category) {
    case Category::kLu:
    case Category::kLt: return kUpper;
    case Category::kLl: return kSmall;
    case Category::kLm:
    case Category::kLo:
    case Category::kMc:
    case Category::kMe:
    case Category::kMn: return kUpper | kSmall;
    default: return 0;
  }
}

const CodePointMap<uint8_t>& case_map() {
  static const CodePointMap<uint8_t> map = [] {
    CodePointMap<uint8_t> built;
    for (uint32_t c = 0; c < 0x110000; ++c)
      if (const uint8_t cases = cases_of(category_of(c))) built.set(c, cases);
    return built;
  }();
  return map;
}

struct CasedSymbol {
  uint8_t cases;
  uint32_t num_bytes;
};

CasedSymbol read_cased(const char* at, const char* end) {
  const auto byte = static_cast<uint8_t>(*at);
  if (byte < 0x80) {
    if (byte >= 'a' && byte <= 'z') return {kSmall, 1};
    return {static_cast<uint8_t>(byte >= 'A' && byte <= 'Z' ? kUpper : 0), 1};
  }
  const Utf8Char character = read_utf8(at, end);
  if (character.status != Utf8Status::kValid) return {0, 1};
  return {case_map().get(character.code_point), character.length};
}

const char* skip_cased(const char* at, const char* end, uint8_t cases) {
  while (at != end) {
    const CasedSymbol symbol = read_cased(at, end);
    if ((symbol.cases & cases) == 0) break;
    at += symbol.num_bytes;
  }
  return at;
}

/// Ends U*S+ at `at`, or returns null. Where no small letter follows the U's, backtracking gives back all behind the
/// last of them that counts as S too.
const char* end_of_small(const char* at, const char* end) {
  const char* behind_last_both = nullptr;
  while (at != end) {
    const CasedSymbol symbol = read_cased(at, end);
    if ((symbol.cases & kUpper) == 0) break;
    at += symbol.num_bytes;
    if ((symbol.cases & kSmall) != 0) behind_last_both = at;
  }
  const char* small = skip_cased(at, end, kSmall);
  return small != at ? small : behind_last_both;
}

/// Ends U+S* at `at`, or returns null.
const char* end_of_upper(const char* at, const char* end) {
  const char* upper = skip_cased(at, end, kUpper);
  return upper == at ? nullptr : skip_cased(upper, end, kSmall);
}

}  // namespace

const char* end_of_cased_word(const char* begin, const char* end) {
  const Symbol first = read_symbol(begin, end);
  const bool may_be_prefix =
      first.char_class != CharClass::kLetter && first.char_class != CharClass::kNumber && !is_newline(*begin);
  const char* behind = begin + first.num_bytes;
  for (const auto end_of : {end_of_small, end_of_upper}) {
    if (may_be_prefix)
      if (const char* word = end_of(behind, end)) return word;
    if (const char* word = end_of(begin, end)) return word;
  }
  return nullptr;
}

}  // namespace vitrine::tokenizer
