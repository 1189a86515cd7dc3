#include "tokenizer/models/bpe_model.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/test_support.h"

namespace vitrine::tokenizer {
namespace {

/// The specification: look for the lowest rank, leftmost first, merge it, start again.
std::vector<TokenId> naive_encode(const BpeVocabulary& vocabulary, std::string_view word) {
  std::map<std::pair<TokenId, TokenId>, std::pair<size_t, TokenId>> ranks;
  for (size_t rank = 0; rank < vocabulary.merges.size(); ++rank) {
    const Merge& merge = vocabulary.merges[rank];
    ranks[{merge.left, merge.right}] = {rank, merge.result};
  }
  std::vector<TokenId> ids;
  for (const char c : word) {
    const auto found = std::find(vocabulary.tokens.begin(), vocabulary.tokens.end(), std::string(1, c));
    ids.push_back(static_cast<TokenId>(found - vocabulary.tokens.begin()));
  }
  while (true) {
    size_t best_place = ids.size();
    std::pair<size_t, TokenId> best{vocabulary.merges.size(), kNoToken};
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto found = ranks.find({ids[i], ids[i + 1]});
      if (found != ranks.end() && found->second.first < best.first) best = found->second, best_place = i;
    }
    if (best_place == ids.size()) return ids;
    ids[best_place] = best.second;
    ids.erase(ids.begin() + static_cast<ptrdiff_t>(best_place) + 1);
  }
}

/// Random merges in random order: ranks need not rise with ids, as they do after training.
BpeVocabulary random_vocabulary(std::mt19937& random) {
  BpeVocabulary vocabulary;
  for (const uint8_t byte : bytes_in_alphabet_order()) vocabulary.tokens.emplace_back(1, static_cast<char>(byte));
  std::vector<TokenId> parts;
  for (const char c : std::string("abc")) {
    parts.push_back(static_cast<TokenId>(
        std::find(vocabulary.tokens.begin(), vocabulary.tokens.end(), std::string(1, c)) - vocabulary.tokens.begin()));
  }
  for (int i = 0; i < 40; ++i) {
    const TokenId left = parts[random() % parts.size()], right = parts[random() % parts.size()];
    const std::string bytes =
        vocabulary.tokens[static_cast<size_t>(left)] + vocabulary.tokens[static_cast<size_t>(right)];
    if (std::find(vocabulary.tokens.begin(), vocabulary.tokens.end(), bytes) != vocabulary.tokens.end()) continue;
    parts.push_back(static_cast<TokenId>(vocabulary.tokens.size()));
    vocabulary.tokens.push_back(bytes);
    vocabulary.merges.push_back({left, right, parts.back()});
  }
  std::shuffle(vocabulary.merges.begin(), vocabulary.merges.end(), random);
  return vocabulary;
}

BpeModel strict_model(const BpeVocabulary& vocabulary, const std::vector<bool>& is_special) {
  return BpeModel({.merges = vocabulary.merges},
                  {.tokens = vocabulary.tokens, .is_unreachable = is_special, .is_strict = true});
}

TEST(BpeModel, ShortAndLongWordsEqualTheNaiveAlgorithm) {
  std::mt19937 random(3);
  for (int round = 0; round < 60; ++round) {
    const BpeVocabulary vocabulary = random_vocabulary(random);
    const BpeModel model = strict_model(vocabulary, std::vector<bool>(vocabulary.tokens.size(), false));
    for (const size_t size : {1, 2, 3, 5, 17, 60, 95, 96, 97, 98, 150, 300}) {
      std::string word;
      for (size_t i = 0; i < size; ++i) word += "abcd"[random() % 4];
      std::vector<TokenId> ids{7};
      model.append_word(word, ids);
      std::vector<TokenId> expected = naive_encode(vocabulary, word);
      expected.insert(expected.begin(), 7);
      ASSERT_EQ(ids, expected) << word;
    }
  }
}

TEST(BpeModel, OneWordOfAMegabyteIsEncodedWithoutQuadraticWork) {
  // A quadratic pass would take 10^12 steps here: the test would run into its time limit.
  const Tokenizer tokenizer =
      train_on(std::string(1 << 12, 'a') + " b", {.vocab_size = 262, .pre_tokenizer = "gpt2", .min_frequency = 1});
  const std::string word(1 << 20, 'a');
  const std::vector<TokenId> ids = tokenizer.encode(word);
  EXPECT_LT(ids.size(), word.size() / 32);
  EXPECT_EQ(tokenizer.decode(ids), word);
}

struct BadVocabulary {
  const char* what;
  std::function<void(BpeVocabulary&, std::vector<bool>&)> spoil;
};

TEST(BpeModel, VocabulariesThatDoNotFitTogetherAreRefused) {
  const BadVocabulary cases[] = {
      {"byte missing", [](auto& v, auto&) { v.tokens[5] = "zz"; }},
      {"byte twice", [](auto& v, auto& s) { v.tokens.push_back("a"), s.push_back(false); }},
      {"byte only as special", [](auto&, auto& s) { s[5] = true; }},
      {"negative id", [](auto& v, auto&) { v.merges[0].left = -1; }},
      {"id too large", [](auto& v, auto&) { v.merges[0].right = 100000; }},
      {"result too large", [](auto& v, auto&) { v.merges[0].result = INT32_MAX; }},
      {"wrong result", [](auto& v, auto&) { v.merges[0].result = 3; }},
      {"its own part", [](auto& v, auto&) { v.merges[0].left = v.merges[0].result; }},
      {"pair twice", [](auto& v, auto&) { v.merges.push_back(v.merges[0]); }},
      {"special result", [](auto& v, auto& s) { s[static_cast<size_t>(v.merges[0].result)] = true; }},
      {"empty part",
       [](auto& v, auto& s) {
         v.tokens.push_back(""), s.push_back(false);
         v.merges.push_back({static_cast<TokenId>(v.tokens.size()) - 1, 4, 4});
       }},
  };
  for (const BadVocabulary& bad : cases) {
    BpeVocabulary vocabulary = vocabulary_of(small_tokenizer("gpt2"));
    std::vector<bool> is_special(vocabulary.tokens.size(), false);
    EXPECT_NO_THROW(strict_model(vocabulary, is_special));
    bad.spoil(vocabulary, is_special);
    try {
      strict_model(vocabulary, is_special);
      ADD_FAILURE() << bad.what;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorruptData) << bad.what;
    }
  }
}

TEST(ByteAlphabet, IsOneToOneAndListsBytesByCharacter) {
  std::string last;
  for (const uint8_t byte : bytes_in_alphabet_order()) {
    const std::string bytes(1, static_cast<char>(byte));
    const std::string character = to_byte_alphabet(bytes);
    EXPECT_EQ(from_byte_alphabet(character), bytes);
    EXPECT_LT(last, character);  // UTF-8 sorts like code points
    last = character;
  }
  EXPECT_EQ(to_byte_alphabet(" \n"), "ĠĊ");
  EXPECT_EQ(from_byte_alphabet("a b"), std::nullopt);
  EXPECT_EQ(from_byte_alphabet("日"), std::nullopt);
  EXPECT_EQ(from_byte_alphabet("\xFF"), std::nullopt);
  EXPECT_EQ(from_byte_alphabet("\u0144"), std::nullopt);
}

}  // namespace
}  // namespace vitrine::tokenizer
