#include "data/synth/preferences.h"

#include <gtest/gtest.h>

#include <map>

#include "data/synth/language.h"

namespace vitrine::data {
namespace {

class PreferencesLevel : public testing::TestWithParam<Level> {};

INSTANTIATE_TEST_SUITE_P(Levels, PreferencesLevel, testing::Values(Level::kSmall, Level::kFull),
                         [](const auto& info) { return info.param == Level::kSmall ? "Small" : "Full"; });

TEST_P(PreferencesLevel, GoodAnswersScoreHigherAndEveryFaultOccurs) {
  std::map<std::string, int> faults;
  for (uint64_t index = 0; index < 2000; ++index) {
    const PreferencePair pair = make_preference({.seed = 9, .level = GetParam()}, index);
    ++faults[pair.fault];
    EXPECT_DOUBLE_EQ(pair.score_good, 1.0) << pair.good;
    EXPECT_LT(pair.score_bad, pair.score_good) << pair.fault << ": " << pair.bad;
    EXPECT_GE(pair.score_bad, 0.0);
    EXPECT_NE(pair.good, pair.bad);
    EXPECT_EQ(pair.prompt.back().role, Role::kUser);
  }
  for (const char* fault : {"wrong_fact", "ungrammatical", "off_topic", "too_long", "impolite"}) {
    EXPECT_GT(faults[fault], 200) << fault;
  }
}

// What is called a wrong fact is grammatical, and what is called ungrammatical does not parse.
TEST_P(PreferencesLevel, FaultsAreWhatTheirNamesSay) {
  for (uint64_t index = 0; index < 1000; ++index) {
    const PreferencePair pair = make_preference({.seed = 9, .level = GetParam()}, index);
    const bool parses = check_text(GetParam(), pair.bad).all_parse();
    if (pair.fault == "ungrammatical") {
      EXPECT_FALSE(parses) << pair.bad;
    } else {
      EXPECT_TRUE(parses) << pair.fault << ": " << pair.bad;
    }
    if (pair.fault == "too_long") {
      EXPECT_GT(pair.bad.size(), pair.good.size() + 50);
    }
  }
}

TEST(Preferences, AreAPureFunctionOfTheIndex) {
  const WorldOptions options{.seed = 4, .level = Level::kFull};
  const PreferencePair first = make_preference(options, 12), again = make_preference(options, 12);
  EXPECT_EQ(first.bad, again.bad);
  EXPECT_EQ(first.prompt, again.prompt);
  EXPECT_EQ(score_answer(make_question(options, 3), ""), 0.0);
}

}  // namespace
}  // namespace vitrine::data
