#include "tokenizer/unicode/categories.h"

#include "tokenizer/unicode/char_classes.h"
#include "tokenizer/unicode/code_point_map.h"

namespace vitrine::tokenizer {
namespace {

const CodePointMap<Category>& categories() {
  static const CodePointMap<Category> map = [] {
    CodePointMap<Category> built;
    const std::span<const uint32_t> starts = category_starts();
    for (size_t i = 0; i < starts.size(); ++i) {
      const auto category = static_cast<Category>(starts[i] & 0xFF);
      const uint32_t end = i + 1 < starts.size() ? starts[i + 1] >> 8 : 0x110000;
      if (category == Category::kCn || category == Category::kCo) continue;  // the large runs need no blocks
      for (uint32_t c = starts[i] >> 8; c < end; ++c) built.set(c, category);
    }
    return built;
  }();
  return map;
}

bool is_private_use(uint32_t c) {
  return (c >= 0xE000 && c <= 0xF8FF) || (c >= 0xF0000 && c <= 0xFFFFD) || (c >= 0x100000 && c <= 0x10FFFD);
}

bool is_between(Category category, Category first, Category last) { return category >= first && category <= last; }

}  // namespace

Category category_of(uint32_t code_point) {
  return is_private_use(code_point) ? Category::kCo : categories().get(code_point);
}

bool is_punctuation(uint32_t c) {
  if (c < 0x80) return (c >= 0x21 && c <= 0x2F) || (c >= 0x3A && c <= 0x40) || (c >= 0x5B && c <= 0x60) || (c >= 0x7B && c <= 0x7E);
  return is_between(category_of(c), Category::kPc, Category::kPs);
}

bool is_mark(uint32_t code_point) { return is_between(category_of(code_point), Category::kMc, Category::kMn); }

bool is_nonspacing_mark(uint32_t code_point) { return category_of(code_point) == Category::kMn; }

bool is_number(uint32_t code_point) { return CharClasses::get().of(code_point) == CharClass::kNumber; }

bool is_white_space(uint32_t code_point) { return CharClasses::get().of(code_point) == CharClass::kSpace; }

bool is_word_character(uint32_t c) {
  const Category category = category_of(c);
  if (is_between(category, Category::kLl, Category::kNl) || category == Category::kPc) return true;
  // Join controls, and the letters in circles and squares, which are alphabetic symbols.
  return c == 0x200C || c == 0x200D || (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) ||
         (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189);
}

bool is_cjk_ideograph(uint32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

}  // namespace vitrine::tokenizer
