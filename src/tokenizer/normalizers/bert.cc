// BertNormalizer: cleans control characters, sets ideographs apart, strips accents, lowers.
#include "tokenizer/normalizers/catalog.h"
#include "tokenizer/normalizers/map_characters.h"
#include "tokenizer/unicode/categories.h"
#include "tokenizer/unicode/lowercase.h"
#include "tokenizer/unicode/normalization.h"

namespace vitrine::tokenizer {
namespace {

/// Format and private characters too; tabs and newlines count as white space, other control characters do not.
bool is_control(uint32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  const Category category = category_of(c);
  return category == Category::kCc || category == Category::kCf || category == Category::kCo;
}

struct BertOptions {
  bool clean_text, handle_chinese_chars, strip_accents, lowercase;
};

class BertNormalizer : public Normalizer {
 public:
  explicit BertNormalizer(const BertOptions& options) : options_(options) {}

  std::string apply(std::string text) const override {
    if (options_.clean_text) text = map_characters(text, clean);
    if (options_.handle_chinese_chars) text = map_characters(text, set_apart);
    if (options_.strip_accents) {
      text = map_characters(normalize(text, NormalizationForm::kNfd),
                            [](uint32_t c, std::string&) { return !is_nonspacing_mark(c); });
    }
    return options_.lowercase ? to_lowercase(text) : text;
  }

 private:
  static bool clean(uint32_t c, std::string& out) {
    if (c == 0 || c == 0xFFFD || is_control(c)) return false;
    if (!is_white_space(c)) return true;
    out += ' ';
    return false;
  }

  static bool set_apart(uint32_t c, std::string& out) {
    if (!is_cjk_ideograph(c)) return true;
    out += ' ';
    append_utf8(c, out);
    out += ' ';
    return false;
  }

  BertOptions options_;
};

}  // namespace

NormalizerPointer make_bert_normalizer(const Setting& setting) {
  setting.expect_only({"clean_text", "handle_chinese_chars", "strip_accents", "lowercase"});
  const bool lowercase = setting.flag("lowercase");
  // Where the file does not say, accents go together with upper case.
  return std::make_unique<BertNormalizer>(BertOptions{setting.flag("clean_text"), setting.flag("handle_chinese_chars"),
                                                      setting.flag("strip_accents", lowercase), lowercase});
}

}  // namespace vitrine::tokenizer
