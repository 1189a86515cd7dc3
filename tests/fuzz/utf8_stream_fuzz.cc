// Any bytes through the streaming decoder, byte by byte and token by token; simdjson says what is UTF-8.
#include <simdjson.h>

#include "fuzz/fuzz_target.h"
#include "support/small_tokenizer.h"
#include "tokenizer/stream_decoder.h"
#include "tokenizer/utf8.h"

namespace vitrine::fuzz {
namespace {

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

std::string streamed(const tokenizer::Tokenizer& tokenizer, std::span<const tokenizer::TokenId> ids) {
  tokenizer::StreamDecoder decoder(tokenizer);
  std::string text;
  for (const tokenizer::TokenId id : ids) {
    const std::string piece = decoder.push(id);
    require(is_utf8(piece), "every piece is UTF-8");
    text += piece;
  }
  return text + decoder.flush();
}

}  // namespace

void run_target(std::string_view input) {
  static const tokenizer::Tokenizer tokenizer = testing::small_tokenizer();
  std::vector<tokenizer::TokenId> byte_ids;
  for (const char c : input) byte_ids.push_back(tokenizer.encode({&c, 1}).at(0));
  const std::string text = streamed(tokenizer, byte_ids);
  require(streamed(tokenizer, tokenizer.encode(input)) == text, "tokens do not show in the text");
  require(tokenizer::is_valid_utf8(input) == is_utf8(input), "both agree on what UTF-8 is");
  if (is_utf8(input)) require(text == input, "UTF-8 comes through unchanged");
}

}  // namespace vitrine::fuzz
