#include "data/synth/questions.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "data/synth/language.h"

namespace vitrine::data {
namespace {

class QuestionsLevel : public testing::TestWithParam<Level> {};

INSTANTIATE_TEST_SUITE_P(Levels, QuestionsLevel, testing::Values(Level::kSmall, Level::kFull),
                         [](const auto& info) { return info.param == Level::kSmall ? "Small" : "Full"; });

TEST_P(QuestionsLevel, ReferencesAreRightAndParse) {
  for (uint64_t index = 0; index < 3000; ++index) {
    const HeldOutQuestion question = make_question({.seed = 5, .level = GetParam()}, index);
    ASSERT_EQ(question.prompt.back().role, Role::kUser);
    EXPECT_TRUE(question.is_right(question.reference)) << question.prompt.back().text() << question.reference;
    EXPECT_TRUE(check_text(GetParam(), question.reference).all_parse()) << question.reference;
    EXPECT_FALSE(question.is_right(question.wrong)) << question.reference << question.wrong;
    EXPECT_TRUE(check_text(GetParam(), question.wrong).all_parse()) << question.wrong;
    EXPECT_FALSE(question.is_right("")) << question.reference;
    EXPECT_FALSE(question.is_right("I do not know.")) << question.reference;
  }
}

// The reference of another question about other words is wrong here.
TEST_P(QuestionsLevel, AnswersWithAnotherValueAreWrong) {
  size_t num_tried = 0;
  for (uint64_t index = 0; index < 500; ++index) {
    const HeldOutQuestion question = make_question({.seed = 5, .level = GetParam()}, index);
    if (question.type == "truth") continue;
    const HeldOutQuestion other = make_question({.seed = 6, .level = GetParam()}, index);
    if (question.type != other.type || question.value == other.value) continue;
    ++num_tried;
    EXPECT_FALSE(question.is_right(other.reference)) << question.reference << other.reference;
    EXPECT_FALSE(question.is_right(question.reference + " " + other.reference));
  }
  EXPECT_GT(num_tried, 10u);
}

// The value that is right must stand among the words of the prompt, unless it is yes or no.
TEST_P(QuestionsLevel, TheAnswerStandsInThePrompt) {
  const Lexicon& lexicon = language(GetParam()).lexicon;
  for (uint64_t index = 0; index < 1000; ++index) {
    const HeldOutQuestion question = make_question({.seed = 5, .level = GetParam()}, index);
    if (question.type == "truth") continue;
    std::string told;
    for (const Message& message : question.prompt) told += message.text() + ' ';
    EXPECT_NE(told.find(lexicon.word(question.value).text.substr(0, 3)), std::string::npos)
        << told << question.reference;
  }
}

TEST_P(QuestionsLevel, MostPromptsHoldAnotherValueOfTheSameClass) {
  const Lexicon& lexicon = language(GetParam()).lexicon;
  size_t num_confusing = 0;
  for (uint64_t index = 0; index < 1000; ++index) {
    const HeldOutQuestion question = make_question({.seed = 5, .level = GetParam()}, index);
    const ClassId id = lexicon.word(question.value).word_class;
    std::set<WordId> values;
    for (const Message& message : question.prompt) {
      const std::string text = message.text();
      for (const std::string_view token : split_tokens(text)) {
        if (lexicon.find_token(token) == kNoToken) continue;
        for (const Surface& surface : lexicon.surfaces_at(lexicon.find_token(token))) {
          if (lexicon.word(surface.word).word_class == id) values.insert(surface.word);
        }
      }
    }
    num_confusing += values.size() > 1 || question.type == "truth" || question.type == "size";
  }
  EXPECT_GE(num_confusing, 850u);
}

HeldOutQuestion find_question(const std::string& type, Level level) {
  for (uint64_t index = 0; index < 20000; ++index) {
    HeldOutQuestion question = make_question({.seed = 5, .level = level}, index);
    if (question.type == type) return question;
  }
  throw std::runtime_error("no question of type " + type);
}

TEST(Questions, OtherPhrasesOfTheRightValueAreRight) {
  const Lexicon& lexicon = language(Level::kSmall).lexicon;
  const HeldOutQuestion colour = find_question("colour", Level::kSmall);
  const std::string value = lexicon.word(colour.value).text;
  EXPECT_TRUE(colour.is_right(value + "."));
  EXPECT_TRUE(colour.is_right("It is " + value + "."));
  EXPECT_TRUE(colour.is_right("I think that it is " + value));
  EXPECT_FALSE(colour.is_right("It is not " + value + "."));
  EXPECT_FALSE(colour.is_right("It is " + value + (value == "red" ? " or blue." : " or red.")));
  EXPECT_FALSE(colour.is_right("It is a colour."));
  const HeldOutQuestion count = find_question("count", Level::kFull);
  const Word& number = language(Level::kFull).lexicon.word(count.value);
  EXPECT_TRUE(count.is_right(std::to_string(number.value) + "."));
  EXPECT_FALSE(count.is_right(std::to_string(number.value + 1) + "."));
}

TEST(Questions, TypesCoverTheFactsOfTheWorld) {
  std::map<std::string, int> small, full;
  for (uint64_t index = 0; index < 4000; ++index) {
    ++small[make_question({.seed = 5, .level = Level::kSmall}, index).type];
    ++full[make_question({.seed = 5, .level = Level::kFull}, index).type];
  }
  for (const char* type : {"colour", "size", "owner", "has", "spot", "place", "food", "who", "giver"}) {
    EXPECT_GT(small[type], 0) << type;
    EXPECT_GT(full[type], 0) << type;
  }
  EXPECT_GT(small["if"], 0);
  for (const char* type : {"count", "truth", "job", "country", "pastime", "weekday", "activity", "material", "kin"}) {
    EXPECT_GT(full[type], 0) << type;
  }
}

}  // namespace
}  // namespace vitrine::data
