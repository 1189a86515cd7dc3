#include <gtest/gtest.h>

#include "base/error.h"
#include "model/gguf_vocabulary.h"
#include "tokenizer/sentencepiece_model.h"
#include "tokenizer/test_sentencepiece.h"

namespace vitrine::model {
namespace {

using tokenizer::AddedToken;
using tokenizer::PieceType;
using tokenizer::TokenId;

/// A SentencePiece BPE model that does nothing to spaces but mark them.
std::string marking_model(bool with_prefix) {
  using namespace tokenizer;
  return small_sentencepiece_model(2) + proto_bytes(3, proto_number(3, with_prefix ? 1 : 0) + proto_number(4, 0));
}

TEST(GgufTokenizer, SentencePieceModelsGiveTheSameIdsFromTheirVocabulary) {
  for (const bool with_prefix : {true, false}) {
    std::string bytes = marking_model(with_prefix);
    // User-defined symbols need the library's own normalizer: leave that piece out.
    const std::string symbol = tokenizer::proto_piece("<sep>", 0, 4);
    bytes.erase(bytes.find(symbol), symbol.size());
    const tokenizer::Tokenizer original = tokenizer::parse_sentencepiece_model(bytes);
    const tokenizer::GgufVocabulary vocabulary = gguf_vocabulary_of(original, {.bos_token = "<s>"}, 20);
    EXPECT_EQ(vocabulary.model, "llama");
    EXPECT_EQ(vocabulary.tokens.size(), 20u);
    EXPECT_EQ(vocabulary.token_types[0], static_cast<int32_t>(PieceType::kUnknown));
    const tokenizer::Tokenizer read = tokenizer::make_tokenizer(vocabulary);
    for (const char* text : {"abc ab", "a  b", "xyz abcabc", "", " ", "cab <s> ab"}) {
      EXPECT_EQ(read.encode(text), original.encode(text)) << text;
      EXPECT_EQ(read.decode(read.encode(text)), original.decode(original.encode(text))) << text;
    }
  }
}

TEST(GgufTokenizer, AddedTokensAndGapsOfByteLevelModelsStayWhatTheyAre) {
  tokenizer::TokenizerDefinition definition;
  definition.tokens = {"a", "b", "ab", "<|e|>", "", "<tool>"};
  definition.model = tokenizer::BpeDefinition{.merges = {{0, 1, 2}}};
  definition.added_tokens = {AddedToken{.id = 3, .content = "<|e|>"},
                             AddedToken{.id = 5, .content = "<tool>", .special = false}};
  definition.pre_tokenizer = tokenizer::make_part("ByteLevel", {{"add_prefix_space", false}});
  definition.decoder = tokenizer::make_part("ByteLevel");
  const tokenizer::Tokenizer original(std::move(definition));
  const tokenizer::Tokenizer read = tokenizer::make_tokenizer(gguf_vocabulary_of(original, {}, 6));
  const std::vector<TokenId> expected{2, 5, 0};
  EXPECT_EQ(read.encode("ab<tool>a"), expected);
  EXPECT_EQ(original.encode("ab<tool>a"), expected);
  EXPECT_TRUE(read.is_special(3));
  EXPECT_FALSE(read.is_special(5));
}

TEST(GgufTokenizer, WhatTheFormatCannotHoldIsRefused) {
  // Removes spaces, which a GGUF file of this kind cannot ask for.
  const auto removes = tokenizer::parse_sentencepiece_model(tokenizer::small_sentencepiece_model(2));
  EXPECT_THROW(gguf_vocabulary_of(removes, {}, 13), Error);
  const auto unigram = tokenizer::parse_sentencepiece_model(tokenizer::small_sentencepiece_model(1));
  EXPECT_THROW(gguf_vocabulary_of(unigram, {}, 13), Error);
}

}  // namespace
}  // namespace vitrine::model
