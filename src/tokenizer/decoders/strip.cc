// Strip: up to so many of one character at the ends of each token, or of the whole text.
#include "base/error.h"
#include "tokenizer/decoders/catalog.h"

namespace vitrine::tokenizer {
namespace {

class StripDecoder : public Decoder {
 public:
  StripDecoder(std::string content, int64_t start, int64_t stop, bool only_first)
      : content_(std::move(content)), start_(start), stop_(stop), only_first_(only_first) {}

  void apply(DecodedToken& token) const override {
    if (only_first_ && !token.is_first) return;
    for (int64_t i = 0; i < start_ && token.bytes.starts_with(content_); ++i) token.bytes.erase(0, content_.size());
    for (int64_t i = 0; i < stop_ && token.bytes.ends_with(content_); ++i)
      token.bytes.resize(token.bytes.size() - content_.size());
  }

 private:
  std::string content_;
  int64_t start_, stop_;
  bool only_first_;
};

}  // namespace

DecoderPointer make_strip_decoder(const Setting& setting, bool is_fused) {
  setting.expect_only({"content", "start", "stop"});
  constexpr int64_t kMaxCount = 1000;
  const int64_t start = setting.integer("start", 0, kMaxCount), stop = setting.integer("stop", 0, kMaxCount);
  if (is_fused && (start > 1 || stop > 0))
    throw Error(ErrorCode::kUnsupported, "tokenizer: a decoder strips the end of the text, or more than one character",
                "that cannot be done while text is streamed");
  const std::string& content = setting.text("content");
  if (content.empty())
    throw Error(ErrorCode::kCorruptData, "tokenizer: 'Strip' has an empty content", "get the file again");
  return std::make_unique<StripDecoder>(content, start, stop, is_fused);
}

}  // namespace vitrine::tokenizer
