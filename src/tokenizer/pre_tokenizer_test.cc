#include "tokenizer/pre_tokenizer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tokenizer/pre_tokenizers/scan.h"
#include "tokenizer/test_support.h"

namespace vitrine::tokenizer {
namespace {

using Words = std::vector<std::string>;

Words split(std::string_view name, std::string_view text) {
  const PreTokenizer& pre_tokenizer = find_pre_tokenizer(name);
  Words words;
  const char* end = text.data() + text.size();
  for (const char *at = text.data(), *next; at != end; at = next) {
    next = pre_tokenizer.word_end(at, end);
    words.emplace_back(at, next);
  }
  return words;
}

struct Case {
  std::string text;
  Words gpt2;
  Words qwen2;
};

TEST(PreTokenizer, CutsAsItsPatternSays) {
  const Case cases[] = {
      {"", {}, {}},
      {"Hello world", {"Hello", " world"}, {"Hello", " world"}},
      {"  two  spaces", {" ", " two", " ", " spaces"}, {" ", " two", " ", " spaces"}},
      {"end  ", {"end", "  "}, {"end", "  "}},
      {"a\n\nb", {"a", "\n", "\n", "b"}, {"a", "\n\n", "b"}},
      {"a \n  b", {"a", " \n ", " b"}, {"a", " \n", " ", " b"}},
      {"\tx", {"\t", "x"}, {"\tx"}},
      {"\rx", {"\r", "x"}, {"\r", "x"}},
      {"it's IT'S", {"it", "'s", " IT", "'", "S"}, {"it", "'s", " IT", "'S"}},
      {"we'll 've", {"we", "'ll", " '", "ve"}, {"we", "'ll", " '", "ve"}},
      {"'sing 'tis", {"'s", "ing", " '", "tis"}, {"'s", "ing", " '", "tis"}},
      {"'hello", {"'", "hello"}, {"'hello"}},
      {"x'ſo", {"x", "'", "ſo"}, {"x", "'ſ", "o"}},
      {"x'l 'v 'r", {"x", "'", "l", " '", "v", " '", "r"}, {"x", "'l", " '", "v", " '", "r"}},
      {"1234 56", {"1234", " 56"}, {"1", "2", "3", "4", " ", "5", "6"}},
      {"a1b", {"a", "1", "b"}, {"a", "1", "b"}},
      {"(so) ...!\n\nx", {"(", "so", ")", " ...!", "\n", "\n", "x"}, {"(so", ")", " ...!\n\n", "x"}},
      {"$5", {"$", "5"}, {"$", "5"}},
      {"é日本 語", {"é日本", " 語"}, {"é日本", " 語"}},
      {"\u3000日", {"\u3000", "日"}, {"\u3000日"}},
      {"e\u0301x", {"e", "\u0301", "x"}, {"e", "\u0301x"}},
      {"🙂x", {"🙂", "x"}, {"🙂x"}},
      {"²Ⅷ", {"²Ⅷ"}, {"²", "Ⅷ"}},
      {" 7", {" 7"}, {" ", "7"}},
      {"x\u00A0\u00A0y", {"x", "\u00A0", "\u00A0", "y"}, {"x", "\u00A0", "\u00A0y"}},
      {"a\xFF\xC3z", {"a", "\xFF\xC3", "z"}, {"a", "\xFF\xC3", "z"}},
      {"\xFFz", {"\xFF", "z"}, {"\xFFz"}},
      {" \xE2\x82", {" \xE2\x82"}, {" \xE2\x82"}},
      {"\u200B!", {"\u200B!"}, {"\u200B!"}},
      {"<|im_end|>", {"<|", "im", "_", "end", "|>"}, {"<|", "im", "_end", "|>"}},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(split("gpt2", c.text), c.gpt2) << testing::PrintToString(c.text);
    EXPECT_EQ(split("qwen2", c.text), c.qwen2) << testing::PrintToString(c.text);
  }
}

// The contract that every entry of the catalog keeps.
TEST(PreTokenizer, EveryEntryCutsAnyBytesIntoWordsWithoutRest) {
  std::mt19937 random(1);
  for (const PreTokenizer& entry : pre_tokenizers()) {
    EXPECT_EQ(&find_pre_tokenizer(entry.name), &entry);
    for (int round = 0; round < 2000; ++round) {
      const std::string text = random_bytes(random, 60);
      std::string joined;
      for (const std::string& word : split(entry.name, text)) {
        ASSERT_FALSE(word.empty());
        joined += word;
      }
      ASSERT_EQ(joined, text);
    }
  }
}

TEST(PreTokenizer, EveryEntryHasAnEdgeBetweenLetterAndSpaceWhateverStandsAround) {
  std::mt19937 random(2);
  for (const PreTokenizer& entry : pre_tokenizers()) {
    for (int round = 0; round < 2000; ++round) {
      const std::string before = random_bytes(random, 30) + (round % 2 == 0 ? "x" : "S");
      const std::string behind = (round % 3 == 0 ? "\n" : " ") + random_bytes(random, 30);
      Words words = split(entry.name, before);
      const Words rest = split(entry.name, behind);
      words.insert(words.end(), rest.begin(), rest.end());
      ASSERT_EQ(split(entry.name, before + behind), words) << testing::PrintToString(before + behind);
    }
  }
}

TEST(PreTokenizer, UnknownNameIsRefusedAndTheKnownOnesAreListed) {
  try {
    find_pre_tokenizer("qwen9");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(error.hint().find("qwen2"), std::string::npos);
  }
}

TEST(CharClasses, AgreeWithTheRangesAndWithTheAsciiTable) {
  const CharClasses& classes = CharClasses::get();
  std::vector<CharClass> expected(0x110000, CharClass::kOther);
  for (const ClassRange& range : class_ranges()) {
    for (uint32_t c = range.first; c <= range.last; ++c) {
      ASSERT_EQ(expected[c], CharClass::kOther);
      expected[c] = range.char_class;
    }
  }
  for (uint32_t c = 0; c < 0x110000; ++c) ASSERT_EQ(classes.of(c), expected[c]) << c;
  for (uint32_t c = 0; c < 128; ++c) EXPECT_EQ(kAsciiClasses[c], expected[c]) << c;
}

TEST(CharClasses, CountsAreThoseOfUnicode16) {
  // From DerivedGeneralCategory.txt (L, N) and PropList.txt (White_Space) of 16.0.0.
  std::array<int, 4> counts{};
  for (const ClassRange& range : class_ranges()) {
    counts[static_cast<size_t>(range.char_class)] += static_cast<int>(range.last - range.first + 1);
  }
  EXPECT_EQ(counts[static_cast<size_t>(CharClass::kLetter)], 141028);
  EXPECT_EQ(counts[static_cast<size_t>(CharClass::kNumber)], 1911);
  EXPECT_EQ(counts[static_cast<size_t>(CharClass::kSpace)], 25);
}

}  // namespace
}  // namespace vitrine::tokenizer
