// The full level's texts hold together: independent checks on the words as they are written, over several seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "data/synth/language.h"
#include "data/synth/synth.h"

namespace vitrine::data {
namespace {

const std::vector<Document>& documents() {
  static const std::vector<Document> made = [] {
    std::vector<Document> all;
    for (uint64_t seed = 1; seed <= 4; ++seed) {
      for (uint64_t index = 0; index < 6000; ++index) {
        all.push_back(make_document({.seed = seed, .level = Level::kFull}, index));
      }
    }
    return all;
  }();
  return made;
}

// Calls `check` with the documents of a kind (all where it is empty); returns how many there were.
template <typename Check>
size_t each_document(std::string_view kind, const Check& check) {
  size_t count = 0;
  for (const Document& document : documents()) {
    if (!kind.empty() && document.kind != kind) continue;
    ++count;
    check(document);
    if (testing::Test::HasFatalFailure()) break;
  }
  return count;
}

// What the first pattern finds in a text, empty where it does not.
std::vector<std::string> found(const std::string& text, const std::regex& pattern) {
  std::smatch match;
  if (!std::regex_search(text, match, pattern)) return {};
  return {match.begin() + 1, match.end()};
}

TEST(Coherence, AStoryIsAboutWhoAndWhatItWasAskedFor) {
  const std::regex job("(?:story|hear) about (?:an? )?([a-z ]+) called ([A-Z][a-z]+)(?:\\.|,| that)|"
                       "in which an? ([a-z ]+) named ([A-Z][a-z]+) plays|about ([A-Z][a-z]+), the ([a-z ]+)\\.|"
                       "about ([A-Z][a-z]+), who is an? ([a-z ]+)\\?");
  const std::regex lesson("(?:shows|show|learns|teaches) that ([a-z ]+)\\.");
  size_t num_jobs = 0, num_lessons = 0;
  each_document("story_chat", [&](const Document& document) {
    const std::string asked = document.messages[0].text(), told = document.messages[1].text();
    std::vector<std::string> named = found(asked, job);
    std::erase(named, "");
    for (const std::string& word : named) {
      ASSERT_NE(told.find(word), std::string::npos) << asked << '\n' << told;
    }
    num_jobs += !named.empty();
    const std::vector<std::string> taught = found(asked, lesson);
    if (taught.empty()) return;
    ++num_lessons;
    ASSERT_NE(told.find(taught[0] + '.'), std::string::npos) << asked << '\n' << told;
  });
  EXPECT_GT(num_jobs, 500u);
  EXPECT_GT(num_lessons, 300u);
}

// Whoever is named has been met: no ending of a story names somebody who does not occur before.
TEST(Coherence, EndingsOfStoriesNameWhoOccursInThem) {
  const Lexicon& lexicon = language(Level::kFull).lexicon;
  const ClassId names = lexicon.class_id("name");
  size_t num_named = 0;
  each_document("story", [&](const Document& document) {
    const std::string& text = document.text;
    const size_t end = text.find_last_of(".!?", text.size() - 2);
    const std::string last = text.substr(end + 1), before = text.substr(0, end + 1);
    const std::vector<std::string_view> met = split_tokens(before);
    for (const std::string_view token : split_tokens(last)) {
      if (lexicon.find(names, token) == kNoWord) continue;
      ASSERT_NE(std::find(met.begin(), met.end(), token), met.end()) << text;
      ++num_named;
    }
  });
  EXPECT_GT(num_named, 1500u);
}

TEST(Coherence, WhoFallsInAContestDoesNotWinIt) {
  const std::regex falls("([A-Z][a-z]+) (?:slipped|fell) and hurt");
  size_t num_falls = 0;
  for (const char* kind : {"story", "story_chat", "story_questions"}) {
    each_document(kind, [&](const Document& document) {
      const std::string text = spoken_text(document);
      const std::vector<std::string> loser = found(text, falls);
      if (loser.empty()) return;
      ++num_falls;
      ASSERT_EQ(text.find(loser[0] + " won"), std::string::npos) << text;
      ASSERT_EQ(text.find("went to " + loser[0]), std::string::npos) << text;
    });
  }
  EXPECT_GT(num_falls, 100u);
}

TEST(Coherence, TheWinnerIsCongratulated) {
  const std::regex wins("In the end ([A-Z][a-z]+) won"), praise("Well done, ([A-Z][a-z]+)!");
  size_t num_praised = 0;
  each_document("story", [&](const Document& document) {
    const std::vector<std::string> winner = found(document.text, wins), praised = found(document.text, praise);
    if (winner.empty() || praised.empty()) return;
    ++num_praised;
    ASSERT_EQ(winner[0], praised[0]) << document.text;
  });
  EXPECT_GT(num_praised, 10u);
}

// Nobody who lives near here is to be visited in a country, and nobody travels to where they are at home.
TEST(Coherence, PlacesOfAStoryAgree) {
  const std::regex home("^[^.!?]* (?:in|from) ([A-Z][a-z]+)(?:\\.| there lived| and worked)"),
      abroad("(?:left for|travelled to|sailed to|moved to) ([A-Z][a-z]+)"), visit("if you come to ([A-Z][a-z]+)");
  size_t num_visits = 0;
  each_document("story", [&](const Document& document) {
    const std::string& text = document.text;
    const bool is_near = text.starts_with("Not far from here") || text.starts_with("In our street");
    const std::vector<std::string> there = found(text, visit), own = found(text, home), far = found(text, abroad);
    ASSERT_FALSE(is_near && !there.empty()) << text;
    ASSERT_FALSE(!there.empty() && !own.empty() && there[0] != own[0]) << text;
    ASSERT_FALSE(!far.empty() && !own.empty() && far[0] == own[0]) << text;
    num_visits += !there.empty();
  });
  EXPECT_GT(num_visits, 50u);
}

// A person has one age: a girl has no trade, and what is said of one does not turn into the other.
TEST(Coherence, ChildrenHaveNoTrade) {
  const std::regex child("(?:girl|boy) (?:called|by the name of|who was called) ([A-Z][a-z]+)");
  size_t num_children = 0;
  each_document("story", [&](const Document& document) {
    const std::vector<std::string> hero = found(document.text, child);
    if (hero.empty()) return;
    ++num_children;
    for (const char* word : {"His work was", "Her work was", "worked as", "lived alone"}) {
      ASSERT_EQ(document.text.find(word), std::string::npos) << document.text;
    }
  });
  EXPECT_GT(num_children, 200u);
}

TEST(Coherence, MonthsAndSeasonsHaveTheirWeather) {
  const std::map<std::string, std::set<std::string>> impossible = {
      {"summer", {"snowy", "icy", "frosty", "freezing", "cold", "chilly", "misty", "foggy"}},
      {"winter", {"hot", "warm"}}};
  const std::map<std::string, std::string> seasons = {{"June", "summer"},     {"July", "summer"},
                                                      {"August", "summer"},   {"December", "winter"},
                                                      {"January", "winter"},  {"February", "winter"}};
  const std::regex in_month("[Oo]ne ([a-z]+) (?:morning|afternoon|evening) in ([A-Z][a-z]+) "),
      in_season("a ([a-z]+) (?:morning|afternoon|evening) in ([a-z]+),"), diary("^([A-Z][a-z]+), an? ([a-z]+) [A-Z]");
  size_t num_days = 0;
  each_document("", [&](const Document& document) {
    const std::string text = spoken_text(document);
    std::vector<std::string> day = found(text, in_month);
    if (day.empty()) day = found(text, in_season);
    if (day.empty() && document.kind == "diary") {
      day = found(text, diary);
      std::reverse(day.begin(), day.end());
    }
    if (day.empty()) return;
    const auto season = seasons.find(day[1]);
    const auto bad = impossible.find(season == seasons.end() ? day[1] : season->second);
    if (bad == impossible.end()) return;
    ++num_days;
    ASSERT_FALSE(bad->second.contains(day[0])) << text;
  });
  EXPECT_GT(num_days, 500u);
}

// Plurals of nouns that do not only take an s; the list is not the generator's.
TEST(Coherence, IrregularPluralsAreWritten) {
  const std::map<std::string, std::string> wrong = {
      {"potatos", "potatoes"}, {"tomatos", "tomatoes"}, {"mouses", "mice"}, {"gooses", "geese"},
      {"calfs", "calves"}, {"wolfs", "wolves"}, {"knifes", "knives"}, {"scarfs", "scarves"},
      {"foots", "feet"}, {"tooths", "teeth"}, {"childs", "children"}, {"mans", "men"},
      {"womans", "women"}, {"oxes", "oxen"}, {"leafs", "leaves"}, {"sheeps", "sheep"},
      {"deers", "deer"}, {"fishs", "fish"}, {"berrys", "berries"}, {"cherrys", "cherries"},
      {"boxs", "boxes"}, {"brushs", "brushes"}, {"dishs", "dishes"}, {"ponys", "ponies"},
      {"shelfs", "shelves"}, {"loafs", "loaves"}, {"thiefs", "thieves"}, {"gentlemans", "gentlemen"}};
  size_t num_right = 0;
  std::set<std::string> right;
  for (const auto& [form, plural] : wrong) right.insert(plural);
  each_document("", [&](const Document& document) {
    const std::string text = spoken_text(document);
    for (const std::string_view token : split_tokens(text)) {
      ASSERT_FALSE(wrong.contains(std::string(token))) << token << " in " << text;
      num_right += right.contains(std::string(token));
    }
  });
  EXPECT_GT(num_right, 500u);
}

// Turns of phrase that were written once and are no English, or make no sense.
TEST(Coherence, KnownFaultsDoNotComeBack) {
  static constexpr const char* kFaults[] = {
      "Only on Sunday she",   "Only on Sunday he", "could sleep together", "did not stop to",    "there was footprints",
      "there was fireworks",  "there was smoke",   "a binocular",          "a headphone",        "greed brings trouble",
      "there was golden",     " in a big ",        "fresh water",          "the best at camping"};
  const std::regex so_as("So [a-z-]+ as s?he is");
  each_document("", [&](const Document& document) {
    const std::string text = spoken_text(document);
    for (const char* fault : kFaults) ASSERT_EQ(text.find(fault), std::string::npos) << fault << ": " << text;
    ASSERT_FALSE(std::regex_search(text, so_as)) << text;
  });
}

// What lies somewhere can lie there.
TEST(Coherence, LargeThingsDoNotLieInSmallSpots) {
  const std::regex lies("(piano|wardrobe|car|van|lorry|ladder|bench|boat|canoe|cart|wagon|armchair|carriage|motorbike) "
                        "(?:is|lies|had been) (?:in the (?:drawer|letterbox|flowerpot|toolbox|basket|box|sink)|"
                        "on the (?:shelf|table|nightstand|windowsill|mantelpiece))");
  each_document("", [&](const Document& document) {
    const std::string text = spoken_text(document);
    if (document.kind != "description" && document.kind != "question_chat") return;
    ASSERT_FALSE(std::regex_search(text, lies)) << text;
  });
}

// The answers of the assistant fit the questions: yes or no to what asks for it.
TEST(Coherence, QuestionsAboutTheAssistantAreAnswered) {
  size_t num_asked = 0;
  each_document("advice_chat", [&](const Document& document) {
    for (size_t turn = 0; turn + 1 < document.messages.size(); turn += 2) {
      const std::string asked = document.messages[turn].text(), answer = document.messages[turn + 1].text();
      const bool is_yes = asked == "Can you make mistakes?" || asked == "Are you ever wrong?";
      const bool is_no = asked == "Are you a person?" || asked == "Do you know everything?";
      num_asked += is_yes || is_no;
      ASSERT_TRUE(!is_yes || answer.starts_with("Yes")) << answer;
      ASSERT_TRUE(!is_no || answer.starts_with("No")) << answer;
    }
  });
  EXPECT_GT(num_asked, 50u);
}

TEST(Coherence, NobodyIsMetInACountryThatWasNotNamed) {
  const std::regex farewell("And if you come to ([A-Z][a-z]+), you may still meet");
  size_t num_met = 0;
  each_document("", [&](const Document& document) {
    const std::string text = spoken_text(document);
    std::smatch where;
    if (!std::regex_search(text, where, farewell)) return;
    ++num_met;
    ASSERT_LT(text.find(where[1].str()), static_cast<size_t>(where.position(1))) << text;
  });
  EXPECT_GT(num_met, 50u);
}

TEST(Coherence, ChoresTakeTheTimeThatTheyTake) {
  const std::regex moment("(?:asked (?:him|her) to|promised (?:his|her) [a-z]+ to| had to|First I have to) "
                          "(?:empty the bin|lock the gate|set the table|make the bed|light the fire)");
  size_t num_long = 0;
  each_document("story", [&](const Document& document) {
    for (const char* end : {" hours, but at last it was done.", "until the sun went down."}) {
      const size_t at = document.text.find(end);
      if (at == std::string::npos) continue;
      ++num_long;
      const size_t begin = document.text.rfind('\n', at) + 1;
      ASSERT_FALSE(std::regex_search(document.text.substr(begin, at - begin), moment)) << document.text;
    }
  });
  EXPECT_GT(num_long, 50u);
}

TEST(Coherence, RecipesHaveWhatTheirDishIsMadeOf) {
  size_t num_recipes = 0;
  each_document("recipe", [&](const Document& document) {
    const std::string& text = document.text;
    for (const auto& [dish, part] : {std::pair{"rice pudding with", "cup of rice"}, {"risotto with", "cup of rice"},
                                     {"curry with", "curry powder"}, {"pasta with", "noodles"}}) {
      if (text.find(dish) == std::string::npos) continue;
      ++num_recipes;
      ASSERT_NE(text.find(part), std::string::npos) << text;
    }
    ASSERT_EQ(text.find("enough for ten people"), std::string::npos) << text;
  });
  EXPECT_GT(num_recipes, 50u);
}

// A reader does not meet the same first or last sentence again and again.
TEST(Coherence, StoriesBeginAndEndInManyWays) {
  std::map<std::string, size_t> beginnings, endings;
  size_t num_stories = 0;
  const Lexicon& lexicon = language(Level::kFull).lexicon;
  const auto skeleton = [&](const std::string& sentence) {
    std::string out;
    for (const std::string_view token : split_tokens(sentence)) {
      const FormId id = lexicon.find_token(token);
      out += id != kNoToken && !lexicon.surfaces_at(id).empty() ? "_ " : std::string(token) + ' ';
    }
    return out;
  };
  num_stories = each_document("story", [&](const Document& document) {
    const std::string& text = document.text;
    ++beginnings[skeleton(text.substr(0, text.find('.')))];
    ++endings[skeleton(text.substr(text.find_last_of(".!?\"", text.size() - 2) + 1))];
  });
  for (const auto* counts : {&beginnings, &endings}) {
    for (const auto& [sentence, count] : *counts) EXPECT_LT(count, num_stories / 8) << sentence;
  }
}

}  // namespace
}  // namespace vitrine::data
