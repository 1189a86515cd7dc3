#include "tokenizer/trainer.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/test_support.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/train/word_counter.h"

namespace vitrine::tokenizer {
namespace {

/// The specification: count all pairs anew, merge the most frequent everywhere, start again.
std::vector<std::string> naive_tokens(const PreTokenizer& cut_by, std::string_view text, size_t num_tokens) {
  std::vector<std::string> tokens;
  for (const uint8_t byte : bytes_in_alphabet_order()) tokens.emplace_back(1, static_cast<char>(byte));
  std::vector<std::vector<size_t>> words;
  for (const char *at = text.data(), *end = at + text.size(); at != end;) {
    const char* next = cut_by.word_end(at, end);
    words.emplace_back();
    for (; at != next; ++at) {
      words.back().push_back(
          static_cast<size_t>(std::find(tokens.begin(), tokens.end(), std::string(1, *at)) - tokens.begin()));
    }
  }
  while (tokens.size() < num_tokens) {
    std::map<std::pair<size_t, size_t>, int64_t> counts;
    for (const auto& word : words) {
      for (size_t i = 0; i + 1 < word.size(); ++i) ++counts[{word[i], word[i + 1]}];
    }
    auto best = counts.begin();
    for (auto it = counts.begin(); it != counts.end(); ++it) {
      if (it->second > best->second) best = it;
    }
    if (best == counts.end() || best->second < 2) break;
    const auto [left, right] = best->first;
    const std::string bytes = tokens[left] + tokens[right];
    const auto place = static_cast<size_t>(std::find(tokens.begin(), tokens.end(), bytes) - tokens.begin());
    if (place == tokens.size()) tokens.push_back(bytes);
    for (auto& word : words) {
      for (size_t i = 0; i + 1 < word.size(); ++i) {
        if (word[i] != left || word[i + 1] != right) continue;
        word[i] = place;
        word.erase(word.begin() + static_cast<ptrdiff_t>(i) + 1);
      }
    }
  }
  return tokens;
}

TEST(Trainer, EqualsTheNaiveAlgorithmOnRandomTexts) {
  std::mt19937 random(9);
  for (int round = 0; round < 40; ++round) {
    std::string text;
    const int num_letters = 2 + round % 4;
    for (int i = 0; i < 600; ++i) text += random() % 7 == 0 ? ' ' : static_cast<char>('a' + random() % num_letters);
    const std::vector<std::string> expected = naive_tokens(find_pre_tokenizer("gpt2"), text, 256 + 60);
    const Tokenizer tokenizer =
        train_on(text, {.vocab_size = static_cast<int64_t>(expected.size()), .pre_tokenizer = "gpt2"});
    ASSERT_EQ(vocabulary_of(tokenizer).tokens, expected) << text;
  }
}

TEST(Trainer, ResultIsTheSameForAnyNumberOfThreadsAndPortions) {
  std::string corpus = golden_corpus();
  while (corpus.size() < (size_t{3} << 20)) corpus += corpus;  // several pieces for each thread
  const TrainOptions options{.vocab_size = 850, .special_tokens = {"<|a|>"}};
  const std::string expected = to_tokenizer_json(train_on(corpus, options, 1));
  for (const int threads : {2, 5}) EXPECT_EQ(to_tokenizer_json(train_on(corpus, options, threads)), expected);
  ThreadPool pool(2);
  BpeTrainer trainer(options, pool);
  for (const std::string_view piece : split_at_word_edges(corpus, 10000)) trainer.add(std::span(&piece, 1));
  EXPECT_EQ(to_tokenizer_json(trainer.finish()), expected);
}

TEST(Trainer, PiecesOfADocumentAreTheDocument) {
  const std::string corpus = golden_corpus();
  std::string joined;
  const auto pieces = split_at_word_edges(corpus, 100);
  for (const std::string_view piece : pieces) joined += piece;
  EXPECT_EQ(joined, corpus);
  EXPECT_GT(pieces.size(), corpus.size() / 200);
  EXPECT_EQ(split_at_word_edges(std::string(5000, '\xE6'), 100).size(), 1u);
}

TEST(Trainer, WordTablesAddUp) {
  WordTable all, left, right;
  std::mt19937 random(10);
  for (int i = 0; i < 60000; ++i) {
    std::string word(i % 50 == 0 ? "a word of more than fifteen bytes " : "w");
    word += std::to_string(random() % 20000);
    const char* end = word.data() + word.size();
    all.add(word.data(), word.size(), end);
    (i % 3 == 0 ? left : right).add(word.data(), word.size(), end);
  }
  left.add(right);
  const auto counts = [](const WordTable& table) {
    std::map<std::string, int64_t> result;
    table.for_each([&](std::string_view word, int64_t count) { result[std::string(word)] += count; });
    EXPECT_EQ(result.size(), table.num_words());
    return result;
  };
  EXPECT_EQ(counts(left), counts(all));
}

TEST(Trainer, NoOrdinaryTokenIsWrittenLikeASpecialOne) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += " user assistant user";
  const Tokenizer tokenizer = train_on(text, {.vocab_size = 271, .special_tokens = {"user", "Ġuser", "assistant"}});
  for (const TokenId id : tokenizer.encode("user assistant useruser\nuser")) EXPECT_FALSE(tokenizer.is_special(id));
  EXPECT_EQ(tokenizer.vocab_size(), parse_tokenizer_json(to_tokenizer_json(tokenizer)).vocab_size());
}

TEST(Trainer, ReportsProgressOfBothStages) {
  int64_t counted = 0, merged = 0;
  TrainOptions options{.vocab_size = 700};
  options.on_progress = [&](const TrainProgress& progress) {
    if (progress.stage == TrainProgress::Stage::kCounting) {
      EXPECT_GE(progress.done, counted);
      counted = progress.done;
    } else {
      EXPECT_GT(progress.done, merged);
      EXPECT_EQ(progress.total, 700);
      merged = progress.done;
    }
  };
  const std::string corpus = golden_corpus();
  train_on(corpus, options);
  EXPECT_EQ(counted, static_cast<int64_t>(corpus.size()));
  EXPECT_EQ(merged, 700);
}

std::string message_of(std::string_view text, const TrainOptions& options) {
  try {
    train_on(text, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_FALSE(error.hint().empty());
    return error.message();
  }
  return "no error";
}

TEST(Trainer, AVocabularyLargerThanTheTextGivesIsRefusedWithTheNumberItGives) {
  // abab twice: ab, then abab; with a space before it once " abab" would need two occurrences.
  const TrainOptions options{.vocab_size = 500, .pre_tokenizer = "gpt2", .special_tokens = {"<|e|>"}};
  const std::string message = message_of("abab abab", options);
  EXPECT_NE(message.find("259"), std::string::npos) << message;
  EXPECT_NE(message.find("500"), std::string::npos) << message;
  TrainOptions fitting = options;
  fitting.vocab_size = 259;
  EXPECT_EQ(train_on("abab abab", fitting).vocab_size(), 259);
}

TEST(Trainer, BadOptionsAreRefused) {
  EXPECT_NE(message_of("", {.vocab_size = 300}).find("empty"), std::string::npos);
  EXPECT_NE(message_of("abc", {.vocab_size = 255}).find("255"), std::string::npos);
  EXPECT_NE(message_of("abc", {.vocab_size = 256, .special_tokens = {"<|e|>"}}).find("257"), std::string::npos);
  EXPECT_NE(message_of("abc", {.vocab_size = -1}).find("-1"), std::string::npos);
  EXPECT_NE(message_of("abc", {.vocab_size = int64_t{1} << 40}).find("vocab_size"), std::string::npos);
  EXPECT_NE(message_of("abc", {.pre_tokenizer = "words"}).find("words"), std::string::npos);
  for (const char* name : {"", "a", "Ġ", "\xFF\xFF"}) {
    EXPECT_NE(message_of("abc", {.special_tokens = {name}}).find("special"), std::string::npos) << name;
  }
  EXPECT_NE(message_of("abc", {.special_tokens = {"<|e|>", "<|e|>"}}).find("twice"), std::string::npos);
}

}  // namespace
}  // namespace vitrine::tokenizer
