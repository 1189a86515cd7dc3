#include "tokenizer/stream_decoder.h"

#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

constexpr std::string_view kReplacementText = "\xEF\xBF\xBD";

}  // namespace

std::string StreamDecoder::push(TokenId id) {
  if (is_first_) {
    held_ += tokenizer_.first_token_bytes(id);
  } else {
    held_ += tokenizer_.token_bytes(id);
  }
  is_first_ = false;
  std::string text;
  const char* at = held_.data();
  const char* end = at + held_.size();
  while (at != end) {
    const Utf8Char character = read_utf8(at, end);
    if (character.status == Utf8Status::kIncomplete) break;
    if (character.status == Utf8Status::kValid) {
      text.append(at, character.length);
    } else {
      text += kReplacementText;
    }
    at += character.length;
  }
  held_.erase(0, static_cast<size_t>(at - held_.data()));
  return text;
}

std::string StreamDecoder::flush() {
  const bool cut_off = !held_.empty();
  held_.clear();
  is_first_ = !continues_;
  return std::string(cut_off ? kReplacementText : std::string_view());
}

}  // namespace vitrine::tokenizer
