// Replace: every match of a pattern in a token becomes the same text.
#include "tokenizer/decoders/catalog.h"
#include "tokenizer/regex/text_pattern.h"

namespace vitrine::tokenizer {
namespace {

class ReplaceDecoder : public Decoder {
 public:
  ReplaceDecoder(TextPattern pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}

  void apply(DecodedToken& token) const override {
    std::string out;
    size_t done = 0;
    pattern_.for_each_match(token.bytes, [&](size_t begin, size_t end) {
      out.append(token.bytes, done, begin - done);
      out += content_;
      done = end;
    });
    out.append(token.bytes, done);
    token.bytes = std::move(out);
  }

 private:
  TextPattern pattern_;
  std::string content_;
};

}  // namespace

DecoderPointer make_replace_decoder(const Setting& setting, bool) {
  setting.expect_only({"pattern", "content"});
  return std::make_unique<ReplaceDecoder>(TextPattern::from_setting(setting.get("pattern")), setting.text("content"));
}

}  // namespace vitrine::tokenizer
