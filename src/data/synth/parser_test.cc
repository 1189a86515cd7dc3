// What the grammar takes and what it refuses.
#include "data/synth/parser.h"

#include <gtest/gtest.h>

#include "core/rng.h"
#include "data/synth/language.h"
#include "data/synth/synth.h"

namespace vitrine::data {
namespace {

bool parses(std::string_view text, Level level = Level::kSmall) { return check_text(level, text).all_parse(); }

TEST(Parser, TakesWhatTheGrammarSays) {
  EXPECT_TRUE(parses("The ball is red."));
  EXPECT_TRUE(parses("Tom has a red ball. Who has the ball?"));
  EXPECT_TRUE(parses("\"Where is my ball?\" asks Tom. \"The ball is in the box,\" says Anna."));
  EXPECT_TRUE(parses("There is one apple in the basket.\nThere are two apples in the basket."));
  EXPECT_TRUE(parses("12 + 7 is 19."));
  EXPECT_TRUE(parses("5 minus 9 is -4."));
  EXPECT_FALSE(parses("5 minus 9 is - 4."));
  EXPECT_TRUE(parses("2 to the power of 100 is 1267650600228229401496703205376."));
  EXPECT_TRUE(parses("Tom: Hello Anna, how are you?", Level::kFull));
  EXPECT_TRUE(parses("Dear Anna,\nHow is your uncle?\nYours, Tom.", Level::kFull));
}

TEST(Parser, EnforcesAgreement) {
  EXPECT_FALSE(parses("Tom has an red ball."));
  EXPECT_FALSE(parses("Tom has a umbrella."));
  EXPECT_TRUE(parses("Tom has an umbrella."));
  EXPECT_FALSE(parses("There are one apple in the basket."));
  EXPECT_FALSE(parses("There is two apples in the basket."));
  EXPECT_FALSE(parses("Tom has three apple."));
  EXPECT_FALSE(parses("Tom is a kind girl."));
  EXPECT_TRUE(parses("Tom is a kind boy."));
  EXPECT_FALSE(parses("Once there is a girl. His name is Anna."));
  EXPECT_TRUE(parses("Once there is a girl. Her name is Anna."));
  EXPECT_FALSE(parses("Tom gives the ball to Tom."));
  EXPECT_FALSE(parses("Tom have the ball."));
}

TEST(Parser, NamesTheReasonOfARefusal) {
  const ParseReport report =
      check_text(Level::kSmall, "The zebra is red. the ball is red. The ball red is. The ball is");
  ASSERT_EQ(report.refused.size(), 3u);
  EXPECT_NE(report.refused[0].reason.find("zebra"), std::string::npos);
  EXPECT_NE(report.refused[1].reason.find("small letter"), std::string::npos);
  EXPECT_NE(report.refused[2].reason.find("red"), std::string::npos);
  EXPECT_EQ(report.num_sentences, 3u);
  EXPECT_TRUE(report.last_is_cut);
}

TEST(Parser, EmptyTextHasNoSentences) {
  for (const char* text : {"", " \n ", "\"\"", "no end"}) {
    const ParseReport report = check_text(Level::kSmall, text);
    EXPECT_EQ(report.num_sentences, 0u) << text;
    EXPECT_FALSE(report.all_parse());
  }
}

TEST(Parser, HostileTextIsBoundedAndRefused) {
  std::string words, commas(200000, ','), quotes(100001, '"');
  for (int i = 0; i < 50000; ++i) words += "the ";
  std::string bytes;
  Rng rng(5, 0);
  for (int i = 0; i < 100000; ++i) bytes += static_cast<char>(rng.next_below(256));
  for (const std::string& text : {words + ".", commas + ".", quotes + "x.", bytes + "."}) {
    for (const Level level : {Level::kSmall, Level::kFull}) EXPECT_FALSE(check_text(level, text).all_parse());
  }
}

enum class Damage { kShuffled, kDropped, kDoubled, kForeign };

// Damages one sentence; empty where it would come out as it was.
std::string damaged(const std::string& sentence, Damage damage, Rng& rng) {
  std::vector<std::string> words;
  for (size_t at = 0; at < sentence.size();) {
    const size_t end = std::min(sentence.find(' ', at), sentence.size());
    words.push_back(sentence.substr(at, end - at));
    at = end + 1;
  }
  if (words.size() < 3) return "";
  const std::string last = words.back();
  const size_t at = rng.next_below(words.size() - 1);
  switch (damage) {
    case Damage::kShuffled: {
      const size_t other = rng.next_below(words.size() - 1);
      std::swap(words[at], words[other]);
      break;
    }
    case Damage::kDropped:
      words.erase(words.begin() + static_cast<ptrdiff_t>(at));
      break;
    case Damage::kDoubled:
      words.insert(words.begin() + static_cast<ptrdiff_t>(at), words[at]);
      break;
    case Damage::kForeign:
      words[at] = "grzb";
      break;
  }
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out == sentence ? "" : out;
}

double refusal_rate(Level level, Damage damage) {
  Rng rng(11, static_cast<uint32_t>(damage));
  size_t tried = 0, refused = 0;
  for (uint64_t index = 0; index < 400; ++index) {
    for (const Unit& unit : split_units(spoken_text(make_document({.seed = 3, .level = level}, index)))) {
      if (unit.use != RuleUse::kSentence) continue;
      const std::string text = damaged(unit.text, damage, rng);
      if (text.empty()) continue;
      ++tried;
      refused += !language(level).parser.refuse_reason({text, RuleUse::kSentence, true}).empty();
    }
  }
  return static_cast<double>(refused) / static_cast<double>(tried);
}

TEST(Parser, RefusesDamagedSentences) {
  for (const Level level : {Level::kSmall, Level::kFull}) {
    const std::string name = level == Level::kSmall ? "small_" : "full_";
    const double shuffled = refusal_rate(level, Damage::kShuffled), dropped = refusal_rate(level, Damage::kDropped);
    const double doubled = refusal_rate(level, Damage::kDoubled), foreign = refusal_rate(level, Damage::kForeign);
    RecordProperty(name + "shuffled", std::to_string(shuffled));
    RecordProperty(name + "dropped", std::to_string(dropped));
    RecordProperty(name + "doubled", std::to_string(doubled));
    EXPECT_GE(shuffled, 0.95);
    EXPECT_GE(dropped, 0.85);
    EXPECT_GE(doubled, 0.99);
    EXPECT_EQ(foreign, 1.0);
  }
}

}  // namespace
}  // namespace vitrine::data
