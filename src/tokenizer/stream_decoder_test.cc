#include "tokenizer/stream_decoder.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tokenizer/test_support.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

/// The text with each maximal broken part replaced by U+FFFD.
std::string replace_broken(std::string_view text) {
  std::string out;
  for (const char *at = text.data(), *end = at + text.size(); at != end;) {
    const Utf8Char character = read_utf8(at, end);
    out += character.status == Utf8Status::kValid ? std::string(at, character.length) : "\uFFFD";
    at += character.length;
  }
  return out;
}

TEST(StreamDecoder, PiecesAreWholeCharactersAndAddUpToTheText) {
  const Tokenizer tokenizer = small_tokenizer("qwen2");
  std::mt19937 random(8);
  StreamDecoder decoder(tokenizer);
  for (int round = 0; round < 2000; ++round) {
    const std::string text = random_bytes(random, 60);
    std::string joined;
    for (const TokenId id : tokenizer.encode(text)) {
      const std::string piece = decoder.push(id);
      ASSERT_TRUE(is_valid_utf8(piece));
      joined += piece;
    }
    joined += decoder.flush();
    ASSERT_EQ(joined, replace_broken(text)) << testing::PrintToString(text);
  }
}

TEST(StreamDecoder, HoldsBackTheStartOfACharacter) {
  const Tokenizer tokenizer = train_on("x y", {.vocab_size = 256, .pre_tokenizer = "gpt2"});
  StreamDecoder decoder(tokenizer);
  const std::vector<TokenId> ids = tokenizer.encode("a🙂b");
  ASSERT_EQ(ids.size(), 6u);
  std::vector<std::string> pieces;
  for (const TokenId id : ids) pieces.push_back(decoder.push(id));
  EXPECT_EQ(pieces, (std::vector<std::string>{"a", "", "", "", "🙂", "b"}));
  EXPECT_EQ(decoder.flush(), "");
}

TEST(StreamDecoder, FlushReplacesWhatWasCutOffAndStartsAnew) {
  const Tokenizer tokenizer = train_on("x y", {.vocab_size = 256, .pre_tokenizer = "gpt2"});
  StreamDecoder decoder(tokenizer);
  for (const TokenId id : tokenizer.encode("\xF0\x9F\x99")) EXPECT_EQ(decoder.push(id), "");
  EXPECT_EQ(decoder.flush(), "\uFFFD");
  EXPECT_EQ(decoder.push(tokenizer.encode("k")[0]), "k");
  EXPECT_EQ(decoder.flush(), "");
  EXPECT_THROW(decoder.push(256), Error);
}

}  // namespace
}  // namespace vitrine::tokenizer
