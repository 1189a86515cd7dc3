// Replace: every match of a pattern becomes the same text.
#include "tokenizer/normalizers/catalog.h"
#include "tokenizer/regex/text_pattern.h"

namespace vitrine::tokenizer {
namespace {

class Replace : public Normalizer {
 public:
  Replace(TextPattern pattern, std::string content) : pattern_(std::move(pattern)), content_(std::move(content)) {}

  std::string apply(std::string text) const override {
    std::string out;
    size_t done = 0;
    if (text.empty()) return text;  // as the reference: even where the pattern matches nothing
    pattern_.for_each_match(text, [&](size_t begin, size_t end) {
      out.append(text, done, begin - done);
      out += content_;
      done = end;
    });
    if (done == 0 && out.empty()) return text;
    out.append(text, done);
    return out;
  }

 private:
  TextPattern pattern_;
  std::string content_;
};

}  // namespace

NormalizerPointer make_replace(const Setting& setting) {
  setting.expect_only({"pattern", "content"});
  return std::make_unique<Replace>(TextPattern::from_setting(setting.get("pattern")), setting.text("content"));
}

}  // namespace vitrine::tokenizer
