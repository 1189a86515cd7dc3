#include "tokenizer/tokenizer.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/test_support.h"

namespace vitrine::tokenizer {
namespace {

class EachPreTokenizer : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Catalog, EachPreTokenizer, testing::Values("gpt2", "qwen2"),
                         [](const auto& info) { return info.param; });

TEST_P(EachPreTokenizer, DecodeOfEncodeIsIdentityOnRandomBytes) {
  const Tokenizer tokenizer = small_tokenizer(GetParam());
  std::mt19937 random(4);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random_bytes(random, round % 100 == 0 ? 5000 : 80);
    ASSERT_EQ(tokenizer.decode(tokenizer.encode(text)), text) << testing::PrintToString(text);
  }
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(all_bytes)), all_bytes);
}

TEST_P(EachPreTokenizer, NoTextGivesASpecialToken) {
  const Tokenizer tokenizer = small_tokenizer(GetParam());
  std::string text;
  for (const SpecialToken& token : tokenizer.special_tokens()) {
    text += token.name + " x" + token.name + token.name + "\n" + token.name.substr(1);
    EXPECT_GT(tokenizer.encode(token.name).size(), 1u);
  }
  for (const TokenId id : tokenizer.encode(text)) EXPECT_FALSE(tokenizer.is_special(id)) << id;
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
}

TEST_P(EachPreTokenizer, SharedTextsAndFilesComeBackExactly) {
  if (!std::filesystem::is_directory(shared_folder())) GTEST_SKIP() << "no shared data";
  const Tokenizer tokenizer = small_tokenizer(GetParam());
  int num_files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(shared_folder() / "data")) {
    if (!entry.is_regular_file() || entry.file_size() > (size_t{4} << 20)) continue;
    const std::string text = read_file(entry.path());  // compressed files too: any bytes come back
    const std::vector<TokenId> ids = tokenizer.encode(text);
    ASSERT_EQ(tokenizer.decode(ids), text) << entry.path();
    for (const TokenId id : ids) ASSERT_FALSE(tokenizer.is_special(id));
    ++num_files;
  }
  EXPECT_GT(num_files, 20);
}

TEST_P(EachPreTokenizer, ThreadsThatShareATokenizerGetTheSameIds) {
  const Tokenizer tokenizer = small_tokenizer(GetParam());
  const std::string text = golden_corpus();
  const std::vector<TokenId> expected = tokenizer.encode(text);
  std::vector<std::vector<TokenId>> results(4);
  std::vector<std::thread> threads;
  for (auto& result : results) {
    threads.emplace_back([copy = tokenizer, &result, &text] {
      for (int round = 0; round < 5; ++round) result = copy.encode(text);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& result : results) EXPECT_EQ(result, expected);
}

TEST(Tokenizer, WhatWasEncodedBeforeChangesNothing) {
  // More distinct words than the cache holds, so that entries push each other out.
  const Tokenizer used = small_tokenizer("gpt2");
  std::mt19937 random(5);
  std::string text;
  for (int i = 0; i < 400000; ++i) text += " w" + std::to_string(random());
  used.encode(text);
  EXPECT_EQ(used.encode(text), small_tokenizer("gpt2").encode(text));
}

TEST(Tokenizer, ReadsNothingBehindTheText) {
  // Exactly sized copies: the address sanitizer sees any byte read too far.
  const Tokenizer tokenizer = small_tokenizer("qwen2");
  std::mt19937 random(6);
  for (size_t size = 0; size < 40; ++size) {
    for (int round = 0; round < 20; ++round) {
      const std::string text = random_bytes(random, size);
      const std::vector<char> exact(text.begin(), text.end());
      EXPECT_EQ(tokenizer.encode({exact.data(), exact.size()}), tokenizer.encode(text + "")) << text;
    }
  }
}

TEST(Tokenizer, AppendsBehindWhatIsThere) {
  const Tokenizer tokenizer = small_tokenizer("qwen2");
  std::vector<TokenId> ids{*tokenizer.special_id("<|im_start|>")};
  tokenizer.encode_append("user\nhello", ids);
  ids.push_back(*tokenizer.special_id("<|im_end|>"));
  EXPECT_EQ(tokenizer.decode(ids), "<|im_start|>user\nhello<|im_end|>");
}

TEST(Tokenizer, KnowsItsSpecialTokens) {
  const Tokenizer tokenizer = small_tokenizer("qwen2");
  const std::vector<SpecialToken> expected{{597, "<|endoftext|>"}, {598, "<|im_start|>"}, {599, "<|im_end|>"}};
  EXPECT_EQ(tokenizer.vocab_size(), 600);
  EXPECT_EQ(tokenizer.special_tokens(), expected);
  EXPECT_EQ(tokenizer.special_id("<|im_end|>"), 599);
  EXPECT_EQ(tokenizer.special_id("im_end"), std::nullopt);
  EXPECT_TRUE(tokenizer.is_special(597));
  EXPECT_FALSE(tokenizer.is_special(596));
  EXPECT_FALSE(tokenizer.is_special(-1));
  EXPECT_FALSE(tokenizer.is_special(600));
}

TEST(Tokenizer, IdsOutsideTheVocabularyAreRefused) {
  const Tokenizer tokenizer = small_tokenizer("gpt2");
  for (const TokenId id : {-1, 600, INT32_MAX, INT32_MIN}) {
    EXPECT_THROW(tokenizer.token_bytes(id), Error);
    EXPECT_THROW(tokenizer.decode(std::vector<TokenId>{1, id}), Error);
  }
}

TEST(Tokenizer, SpecialTokensThatCannotBeAreRefused) {
  const BpeVocabulary vocabulary = vocabulary_of(small_tokenizer("gpt2"));
  const PreTokenizer& gpt2 = find_pre_tokenizer("gpt2");
  const auto last = static_cast<TokenId>(vocabulary.tokens.size()) - 1;
  EXPECT_NO_THROW(Tokenizer(gpt2, vocabulary, {last}));
  EXPECT_THROW(Tokenizer(gpt2, vocabulary, {last, last}), Error);
  EXPECT_THROW(Tokenizer(gpt2, vocabulary, {last + 1}), Error);
  EXPECT_THROW(Tokenizer(gpt2, vocabulary, {-1}), Error);
  EXPECT_THROW(Tokenizer(gpt2, vocabulary, {300}), Error);  // a merge makes it
  for (const std::string& name : {std::string(), std::string("\xFF\xFE"), to_byte_alphabet(vocabulary.tokens[300])}) {
    BpeVocabulary other = vocabulary;
    other.tokens.back() = name;
    EXPECT_THROW(Tokenizer(gpt2, other, {last}), Error) << name;
  }
}

}  // namespace
}  // namespace vitrine::tokenizer
