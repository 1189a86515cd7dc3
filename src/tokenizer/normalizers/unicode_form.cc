// NFC, NFD, NFKC, NFKD.
#include "tokenizer/normalizers/catalog.h"
#include "tokenizer/unicode/normalization.h"

namespace vitrine::tokenizer {
namespace {

class UnicodeForm : public Normalizer {
 public:
  explicit UnicodeForm(NormalizationForm form) : form_(form) {}

  std::string apply(std::string text) const override {
    return is_surely_normalized(text, form_) ? text : normalize(text, form_);
  }
  bool surely_keeps(std::string_view text) const override { return is_surely_normalized(text, form_); }

 private:
  NormalizationForm form_;
};

}  // namespace

NormalizerPointer make_unicode_form(const Setting& setting) {
  setting.expect_only({});
  using enum NormalizationForm;
  const std::string& type = setting.type();
  return std::make_unique<UnicodeForm>(type == "NFC" ? kNfc : type == "NFD" ? kNfd : type == "NFKC" ? kNfkc : kNfkd);
}

}  // namespace vitrine::tokenizer
