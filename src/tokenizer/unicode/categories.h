// General categories of one pinned Unicode version, and the sets of characters that tokenizers' rules name.
#pragma once

#include <cstdint>
#include <span>

namespace vitrine::tokenizer {

/// The general categories by the order of their two-letter names.
// clang-format off
enum class Category : uint8_t {
  kCn, kCc, kCf, kCo, kCs, kLl, kLm, kLo, kLt, kLu, kMc, kMe, kMn, kNd, kNl,
  kNo, kPc, kPd, kPe, kPf, kPi, kPo, kPs, kSc, kSk, kSm, kSo, kZl, kZp, kZs,
};
// clang-format on

/// Where each run of one category starts: code point * 256 + category, ascending. Generated.
std::span<const uint32_t> category_starts();

/// Returns the category of a code point below 0x110000.
Category category_of(uint32_t code_point);

bool is_punctuation(uint32_t code_point);       ///< P*, and the ASCII symbols
bool is_mark(uint32_t code_point);              ///< M*
bool is_nonspacing_mark(uint32_t code_point);   ///< Mn
bool is_number(uint32_t code_point);            ///< N*
bool is_white_space(uint32_t code_point);       ///< the White_Space property
/// What `\w` means by Unicode's Technical Standard 18: alphabetic, marks, decimal digits, connectors, join controls.
bool is_word_character(uint32_t code_point);
/// CJK ideographs, in the blocks that BERT's tokenizer lists.
bool is_cjk_ideograph(uint32_t code_point);

}  // namespace vitrine::tokenizer
