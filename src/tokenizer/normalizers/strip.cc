// Strip: white space at the ends of a text.
#include "tokenizer/normalizers/catalog.h"
#include "tokenizer/unicode/categories.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

class Strip : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}

  std::string apply(std::string text) const override {
    size_t first = text.size(), behind_last = 0;  // of what is no white space
    const char* end = text.data() + text.size();
    for (const char* at = text.data(); at != end;) {
      const Utf8Char character = read_utf8(at, end);
      const auto place = static_cast<size_t>(at - text.data());
      if (!is_white_space(character.code_point)) {
        first = std::min(first, place);
        behind_last = place + character.length;
      }
      at += character.length;
    }
    if (behind_last == 0) return left_ || right_ ? std::string() : text;
    const size_t from = left_ ? first : 0, to = right_ ? behind_last : text.size();
    return text.substr(from, to - from);
  }

 private:
  bool left_, right_;
};

}  // namespace

NormalizerPointer make_strip(const Setting& setting) {
  setting.expect_only({"strip_left", "strip_right"});
  return std::make_unique<Strip>(setting.flag("strip_left"), setting.flag("strip_right"));
}

}  // namespace vitrine::tokenizer
