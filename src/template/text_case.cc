#include "template/code_points.h"
#include "template/text_operations.h"
#include "template/unicode/characters.h"

namespace vitrine::templates {
namespace {

constexpr uint32_t kCapitalSigma = 0x3A3;
constexpr std::string_view kFinalSigma = "\xCF\x82";

bool is_cased(uint32_t character) {
  if (is_lower(character) || is_upper(character)) return true;
  std::string lower;
  append_lower(character, lower);
  return code_point_at(lower, 0).value != character;
}

/// Sigma has a form of its own at the end of a word.
bool ends_word(std::string_view bytes, size_t sigma) {
  const size_t next = sigma + 2;
  const bool after_letter = sigma > 0 && is_cased(code_point_at(bytes, previous_code_point(bytes, sigma)).value);
  return after_letter && (next >= bytes.size() || !is_cased(code_point_at(bytes, next).value));
}

void append_lower_at(std::string_view bytes, size_t at, uint32_t character, std::string& out) {
  if (character == kCapitalSigma && ends_word(bytes, at)) {
    out += kFinalSigma;
  } else {
    append_lower(character, out);
  }
}

}  // namespace

Text with_case(const Text& text, LetterCase letter_case, Budget& budget) {
  const std::string_view bytes = text.bytes();
  budget.charge(1 + bytes.size());
  Text result;
  std::string form;
  bool after_cased = false;
  for (size_t at = 0; at < bytes.size();) {
    const auto [character, length] = code_point_at(bytes, at);
    form.clear();
    const bool to_title =
        (letter_case == LetterCase::kTitle && !after_cased) || (letter_case == LetterCase::kCapitalized && at == 0);
    const bool to_upper =
        letter_case == LetterCase::kUpper || (letter_case == LetterCase::kSwapped && is_lower(character));
    const bool stays = letter_case == LetterCase::kSwapped && !is_lower(character) && !is_upper(character);
    if (stays) {
      form = bytes.substr(at, length);
    } else if (to_title) {
      append_title(character, form);
    } else if (to_upper) {
      append_upper(character, form);
    } else {
      append_lower_at(bytes, at, character, form);
    }
    result.append(form, text.origin_of(at, at + 1));
    if (letter_case == LetterCase::kTitle) after_cased = is_cased(character);
    at += length;
  }
  return result;
}

}  // namespace vitrine::templates
