// Properties of the synthetic world at both levels: it parses, it is true, it is rich, it is a function of its index.
#include "data/synth/synth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>
#include <thread>

#include "base/error.h"
#include "data/synth/kinds/catalog.h"
#include "data/synth/language.h"

namespace vitrine::data {
namespace {

class SynthLevel : public testing::TestWithParam<Level> {
 protected:
  WorldOptions options(uint64_t seed = 1) const { return {.seed = seed, .level = GetParam()}; }
};

INSTANTIATE_TEST_SUITE_P(Levels, SynthLevel, testing::Values(Level::kSmall, Level::kFull),
                         [](const auto& info) { return info.param == Level::kSmall ? "Small" : "Full"; });

TEST_P(SynthLevel, EveryDocumentParsesUnderItsOwnGrammar) {
  for (uint64_t index = 0; index < 4000; ++index) {
    const Document document = make_document(options(7), index);
    const ParseReport report = check_text(GetParam(), spoken_text(document));
    ASSERT_TRUE(report.all_parse()) << document.kind << ' ' << index << ": " << report.refused[0].text << " <- "
                                    << report.refused[0].reason;
    ASSERT_FALSE(report.last_is_cut) << spoken_text(document);
  }
}

TEST_P(SynthLevel, DocumentsAreAPureFunctionOfSeedAndIndexOnAnyThread) {
  std::vector<Document> here(64), there(64);
  for (uint64_t i = 0; i < 64; ++i) here[i] = make_document(options(), i);
  std::thread other([&] {
    for (uint64_t i = 64; i-- > 0;) there[i] = make_document(options(), i);
  });
  for (uint64_t i = 0; i < 64; ++i) EXPECT_EQ(make_document(options(), i), here[i]);
  other.join();
  EXPECT_EQ(here, there);
  EXPECT_NE(make_document(options(2), 0), here[0]);
  EXPECT_NE(make_document(options(), 1ULL << 32), here[0]);
}

TEST_P(SynthLevel, DocumentsOfAnIndexRangeDiffer) {
  std::set<std::string> texts;
  for (uint64_t index = 0; index < 3000; ++index) texts.insert(to_json_line(make_document(options(), index)));
  EXPECT_GT(texts.size(), 2950u);  // only the shortest chats may meet
}

TEST_P(SynthLevel, DocumentsSurviveJsonl) {
  for (uint64_t index = 0; index < 300; ++index) {
    const Document document = make_document(options(), index);
    const std::string line = to_json_line(document);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(from_json_line(line), document);
  }
}

TEST_P(SynthLevel, EveryKindOfTheCatalogMakesWellFormedDocuments) {
  for (const KindSpec& kind : kind_catalog()) {
    if (kind.weight(GetParam()) <= 0) continue;
    for (uint32_t step = 0; step < 200; ++step) {
      Composer composer(language(GetParam()), {3, 99, step});
      const Document document = kind.make(composer);
      ASSERT_NE(document.text.empty(), document.messages.empty()) << kind.name;
      ASSERT_TRUE(check_text(GetParam(), spoken_text(document)).all_parse()) << kind.name << spoken_text(document);
      ASSERT_TRUE(composer.is_empty()) << kind.name << " leaves text behind";
      if (!document.is_conversation()) continue;
      EXPECT_EQ(document.messages.front().role, Role::kUser) << kind.name;
      EXPECT_EQ(document.messages.back().role, Role::kAssistant) << kind.name;
    }
  }
}

TEST_P(SynthLevel, EnglishIsWrittenWithItsArticlesCapitalsAndMarks) {
  for (uint64_t index = 0; index < 3000; ++index) {
    const std::string text = spoken_text(make_document(options(), index));
    for (const char* bad : {" a a", " a e", " a i", " an b", " an c", " an d", "  ", " .", " ,", " ?",
                            "..",   "A a",  "A e",  "An b",  "An c",  "( ",    "$",  "@",  "_",  "|"}) {
      EXPECT_EQ(text.find(bad), std::string::npos) << bad << " in " << text;
    }
  }
}

// The base form of each word that is written, without names, numbers and the words that only hold sentences together.
std::set<std::string> content_words(Level level, size_t num_bytes) {
  static const std::set<std::string> kFunctionWords = {
      "a",         "an",       "the",        "this",     "that",      "these",   "those",    "i",         "you",
      "he",        "she",      "it",         "we",       "they",      "me",      "him",      "her",       "us",
      "them",      "my",       "your",       "his",      "its",       "our",     "their",    "mine",      "yours",
      "myself",    "himself",  "herself",    "am",       "is",        "are",     "was",      "were",      "be",
      "been",      "being",    "do",         "does",     "did",       "done",    "doing",    "has",       "have",
      "had",       "having",   "will",       "would",    "shall",     "should",  "can",      "could",     "may",
      "might",     "must",     "cannot",     "not",      "no",        "nor",     "and",      "or",        "but",
      "so",        "if",       "because",    "although", "than",      "as",      "then",     "when",      "while",
      "where",     "who",      "whom",       "whose",    "what",      "which",   "why",      "how",       "of",
      "in",        "on",       "at",         "to",       "from",      "by",      "for",      "with",      "without",
      "under",     "over",     "behind",     "near",     "into",      "onto",    "off",      "out",       "up",
      "down",      "about",    "after",      "before",   "among",     "between", "through",  "until",     "since",
      "against",   "along",    "there",      "here",     "too",       "also",    "very",     "more",      "most",
      "much",      "many",     "some",       "any",      "all",       "both",    "each",     "every",     "other",
      "others",    "another",  "such",       "only",     "own",       "same",    "yes",      "oh",        "else",
      "let",       "s",        "'s",         "one",      "nothing",   "nobody",  "somebody", "everybody", "anybody",
      "something", "anything", "everything", "anywhere", "everywhere"};
  const Lexicon& lexicon = language(level).lexicon;
  std::set<std::string> found;
  size_t written = 0;
  for (uint64_t index = 0; written < num_bytes; ++index) {
    const std::string text = spoken_text(make_document({.seed = 1, .level = level}, index));
    written += text.size();
    for (const std::string_view token : split_tokens(text)) {
      if (!std::isalpha(static_cast<unsigned char>(token[0]))) continue;
      std::string lower(token);
      lower[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(lower[0])));
      std::string lemma = lower;
      bool is_name = false;
      for (const std::string& reading : {std::string(token), lower}) {
        const FormId id = lexicon.find_token(reading);
        if (id == kNoToken) continue;
        for (const Surface& surface : lexicon.surfaces_at(id)) {
          const Word& word = lexicon.word(surface.word);
          is_name = is_name || lexicon.class_name(word.word_class) == "name";
          if (surface.form != Form::kIn && surface.form != Form::kTo && surface.form != Form::kMost) {
            lemma = lexicon.token_text(word.forms[0][0]);
          }
        }
      }
      if (!is_name && !kFunctionWords.contains(lemma)) found.insert(lemma);
    }
  }
  return found;
}

TEST(Synth, FullLevelWritesTwoThousandContentWordsInADozenKinds) {
  const std::set<std::string> words = content_words(Level::kFull, 20'000'000);
  RecordProperty("content_words", static_cast<int>(words.size()));
  EXPECT_GE(words.size(), 2000u);
  EXPECT_GE(kind_names(Level::kFull).size(), 12u);
}

TEST(Synth, SmallLevelKeepsToSomeThreeHundredWordsInFewKinds) {
  std::set<std::string> words;
  for (uint64_t index = 0; index < 20000; ++index) {
    const std::string text = spoken_text(make_document({.level = Level::kSmall}, index));
    for (const std::string_view token : split_tokens(text)) {
      if (!std::isalpha(static_cast<unsigned char>(token[0]))) continue;
      std::string lower(token);
      lower[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(lower[0])));
      words.insert(lower);
    }
  }
  RecordProperty("words", static_cast<int>(words.size()));
  EXPECT_GE(words.size(), 220u);
  EXPECT_LE(words.size(), 340u);
  EXPECT_LE(kind_names(Level::kSmall).size(), 8u);
}

TEST(Synth, SmallAnimalsLookAndSleepAsSuchAnimalsCan) {
  const std::regex colour(
      "(?:[Tt]he|[Aa]n?) (?:(?:big|small) )?(red|blue|green|yellow|pink) "
      "(cat|dog|rabbit|horse|cow|sheep|duck|mouse|fox|frog|bird|fish)");
  const std::regex is_colour(
      "The (cow|horse|cat|dog|sheep|mouse|rabbit|duck) is (?:(?:big|small) and )?"
      "(red|blue|green|yellow|pink)");
  const std::regex home("(?:The|the) fish (?:goes home|home)"), stall(
                                                                    "(cow|horse|sheep)[^.]* (?:in|on) the "
                                                                    "(bed|chair|table|drawer|box|basket|shelf|sofa)");
  size_t num_animals = 0;
  for (uint64_t index = 0; index < 20000; ++index) {
    const std::string text = spoken_text(make_document({.level = Level::kSmall}, index));
    num_animals += text.find("The cow") != std::string::npos;
    std::smatch found;
    if (std::regex_search(text, found, colour)) {
      const std::string name = found[2], look = found[1];
      EXPECT_TRUE((name == "fox" && look == "red") || (name == "frog" && look == "green")) << text;
    }
    EXPECT_FALSE(std::regex_search(text, is_colour)) << text;
    EXPECT_FALSE(std::regex_search(text, home)) << text;
    EXPECT_FALSE(std::regex_search(text, stall)) << text;
  }
  EXPECT_GT(num_animals, 100u);
}

TEST(Synth, UnknownLevelsAreRefused) {
  EXPECT_EQ(level_from_name("small"), Level::kSmall);
  try {
    level_from_name("medium");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace vitrine::data
