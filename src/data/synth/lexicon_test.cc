#include "data/synth/lexicon.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/synth/calculator.h"
#include "data/synth/grammar.h"
#include "data/synth/inflection.h"
#include "data/synth/language.h"

namespace vitrine::data {
namespace {

TEST(Inflection, FollowsEnglishSpelling) {
  EXPECT_EQ(plural_of("box"), "boxes");
  EXPECT_EQ(plural_of("berry"), "berries");
  EXPECT_EQ(plural_of("toy"), "toys");
  EXPECT_EQ(third_person_of("go"), "goes");
  EXPECT_EQ(third_person_of("carry"), "carries");
  EXPECT_EQ(third_person_of("wash the dishes"), "washes the dishes");
  EXPECT_EQ(past_of("plan"), "planned");
  EXPECT_EQ(past_of("play"), "played");
  EXPECT_EQ(past_of("hurry"), "hurried");
  EXPECT_EQ(past_of("paint the fence"), "painted the fence");
  EXPECT_EQ(ing_of("take"), "taking");
  EXPECT_EQ(ing_of("run"), "running");
  EXPECT_EQ(ing_of("lie"), "lying");
  EXPECT_EQ(compared("big", "er"), "bigger");
  EXPECT_EQ(compared("happy", "est"), "happiest");
  EXPECT_EQ(compared("fine", "er"), "finer");
}

TEST(Inflection, KnowsTheSoundThatAWordBeginsWith) {
  for (const char* word : {"apple", "hour", "honest", "umbrella", "8", "11", "18", "Anna", "uncle", "unusual"}) {
    EXPECT_TRUE(begins_with_vowel_sound(word)) << word;
  }
  for (const char* word : {"ball", "uniform", "university", "ukulele", "useful", "one", "1", "17", "110", "house"}) {
    EXPECT_FALSE(begins_with_vowel_sound(word)) << word;
  }
}

TEST(Lexicon, SplitsTextIntoWordsNumbersAndMarks) {
  using Tokens = std::vector<std::string_view>;
  EXPECT_EQ(split_tokens("Tom's ball."), (Tokens{"Tom", "'s", "ball", "."}));
  EXPECT_EQ(split_tokens("3.5 km, don't!"), (Tokens{"3.5", "km", ",", "don't", "!"}));
  EXPECT_EQ(split_tokens("warm-hearted -x 's"), (Tokens{"warm-hearted", "-", "x", "'s"}));
  EXPECT_EQ(split_tokens(" \n"), Tokens{});
}

TEST(Lexicon, SmallLevelIsAPartOfTheFullOne) {
  const Lexicon &small = language(Level::kSmall).lexicon, &full = language(Level::kFull).lexicon;
  for (size_t i = 0; i < small.num_words(); ++i) {
    const Word& word = small.word(static_cast<WordId>(i));
    EXPECT_NE(full.find(full.class_id(small.class_name(word.word_class)), word.text), kNoWord) << word.text;
  }
}

TEST(Lexicon, NoClassHoldsAWordTwice) {
  const Lexicon& lexicon = language(Level::kFull).lexicon;
  for (size_t i = 0; i < lexicon.num_words(); ++i) {
    const Word& word = lexicon.word(static_cast<WordId>(i));
    EXPECT_EQ(lexicon.find(word.word_class, word.text), i) << word.text;
    EXPECT_LT(word.word_class, kMaxClasses);
  }
}

TEST(Grammar, MistakesInRuleTablesAreNamed) {
  for (const char* table : {"x(p:name)\n  $q is here.\n", "x(p:nonsense)\n  $p.\n", "x(p:name)\n  $p is (here|there.\n",
                            "x(p:name)\n  $p is here\n", "x(p:name)\n  @y(p).\n", "x(p:name\n  $p.\n",
                            "x(p:name)\n  $p:foo.\n", "x(p:name)\n  $p is here).\n", "x(n:number)\n  sings~n.\n"}) {
    Lexicon lexicon(Level::kSmall);
    const std::array<std::string_view, 1> tables = {table};
    EXPECT_THROW(Grammar(lexicon, tables), Error) << table;
  }
}

TEST(Calculator, IsExactAndRefusesWhatItCannotDo) {
  EXPECT_EQ(calculator_result("12 + 7"), "19");
  EXPECT_EQ(calculator_result("12 - 7"), "5");
  EXPECT_EQ(calculator_result("12 * 7"), "84");
  EXPECT_EQ(calculator_result("84 / 7"), "12");
  EXPECT_EQ(calculator_result("3 km to m"), "3000 m");
  EXPECT_EQ(calculator_result("120 min to h"), "2 h");
  EXPECT_EQ(calculator_result("7 / 2"), "3.5");
  EXPECT_EQ(calculator_result("9223372036854775807 + 1"), "9223372036854775808");
  EXPECT_EQ(calculator_result("1 mm to km"), "0.000001 km");
  for (const char* bad : {"", "12 +", "7 / 0", "3 km to kg", "3 parsec to m", "x + 1"}) {
    EXPECT_THROW(calculator_result(bad), Error) << bad;
  }
}

}  // namespace
}  // namespace vitrine::data
