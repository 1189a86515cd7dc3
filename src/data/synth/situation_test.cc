// The world's state read back from its words: an independent reader follows every chat and checks every answer.
#include "data/synth/situation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "data/synth/kinds/catalog.h"
#include "data/synth/questions.h"
#include "data/synth/random_key.h"
#include "data/synth/synth.h"

namespace vitrine::data {
namespace {

// Reads the small level's sentences with nothing but their words, and keeps what they say.
class Reader {
 public:
  // Follows a statement or event; false for what it does not know.
  bool follow(const std::vector<std::string>& words) {
    const size_t n = words.size();
    const auto at = [&](size_t i) { return i < n ? words[i] : std::string(); };
    if (at(0) == "Now") return follow(lifted({words.begin() + 1, words.end()}));
    if (at(0) == "There" && at(1) == "is" && at(2) != "one") {
      facts_[at(4) + " colour"] = at(3);
      facts_[at(4) + " spot"] = words.back();
      return true;
    }
    if (at(0) == "There") return set(noun(at(3)) + " count " + words.back(), at(2));
    if (at(1) == "gives") {
      const std::string thing = at(2) == "the" ? at(3) : at(4), receiver = at(2) == "the" ? at(5) : at(2);
      return set(thing + " owner", receiver);
    }
    if (at(1) == "goes") return set(at(0) + " place", words.back());
    if (at(1) == "puts") {
      facts_.erase(at(3) + " owner");
      return set(at(3) + " spot", words.back());
    }
    if (at(1) == "likes") return set(at(0) + " likes", at(2));
    if (at(1) == "has") return follow_has(words);
    if (at(0) == "The" && at(2) == "is") {
      return n == 4 ? set(at(1) + (is_size(at(3)) ? " size" : " colour"), at(3)) : set(at(1) + " spot", words.back());
    }
    if (at(0) == "The" && at(3) == "is") return set(at(2) + " colour", at(1)) && set(at(2) + " spot", words.back());
    if (at(1) == "is") return set(at(0) + " place", words.back());
    return false;
  }

  // Tells whether an answer says what is so now.
  bool agrees(const std::vector<std::string>& words) const {
    Reader copy = *this;
    if (words.at(1) == "gives") return true;  // an answer about the past
    return copy.follow(words) && copy.facts_ == facts_;
  }

 private:
  static bool is_size(const std::string& word) { return word == "big" || word == "small"; }
  static std::string noun(std::string word) {
    if (word.ends_with('s')) word.pop_back();
    return word;
  }
  static std::vector<std::string> lifted(std::vector<std::string> words) {
    if (!words.empty() && words[0] == "the") words[0] = "The";
    return words;
  }
  bool follow_has(const std::vector<std::string>& words) {
    if (words[2] != "a" && words[2] != "an" && words[2] != "the") {
      return set(noun(words[3]) + " count " + words[0], words[2]);
    }
    if (words.size() == 5) set(words[4] + (is_size(words[3]) ? " size" : " colour"), words[3]);
    return set(words.back() + " owner", words[0]);
  }
  bool set(const std::string& what, const std::string& value) {
    facts_[what] = value;
    return true;
  }

  std::map<std::string, std::string> facts_;
};

std::vector<std::vector<std::string>> sentences(const std::string& text) {
  std::vector<std::vector<std::string>> out(1);
  for (const std::string_view token : split_tokens(text)) {
    if (token == "." || token == "?") {
      if (token == "?") out.back().assign(1, "?");
      out.emplace_back();
    } else {
      out.back().emplace_back(token);
    }
  }
  out.pop_back();
  return out;
}

bool is_request(const std::vector<std::string>& words) { return words[0] == "Please" || words[0] == "Tell"; }

bool asks_to_retell(const std::string& text) {
  return text.ends_with(" again.") || text.ends_with(" again?") || text.find("What do you know about") != text.npos ||
         text.find("Tell me about") != text.npos;
}

// What is told again is what the user told, sentence for sentence, and nothing that names somebody else.
TEST(Situation, RetellingRepeatsWhatWasToldAndNamesWhoWasAskedFor) {
  size_t num_all = 0, num_some = 0;
  for (uint32_t index = 0; index < 2000; ++index) {
    Composer composer(language(Level::kSmall), {18, 1, index});
    Situation situation(composer, Split::kTraining);
    situation.tell();
    const std::string told = composer.take();
    situation.retell();
    ASSERT_EQ(composer.take(), told);
    ++num_all;
    for (const Entity& person : situation.people()) {
      situation.retell(person);
      const std::string name = composer.lexicon().word(person.noun()).text, about = composer.take();
      ASSERT_FALSE(about.empty());
      for (const auto& words : sentences(about)) {
        EXPECT_NE(std::find(words.begin(), words.end(), name), words.end()) << about;
        ++num_some;
      }
    }
  }
  EXPECT_EQ(num_all, 2000u);
  EXPECT_GT(num_some, 1000u);
}

TEST(Situation, EveryAnswerOfASmallChatIsTrueWhenItIsGiven) {
  size_t num_answers = 0, num_retold = 0;
  for (uint32_t index = 0; index < 3000; ++index) {
    Composer composer(language(Level::kSmall), {17, 1, index});
    const Document chat = make_question_chat(composer);
    Reader reader;
    for (size_t turn = 0; turn < chat.messages.size(); ++turn) {
      const Message& message = chat.messages[turn];
      if (message.text().starts_with("I ") || message.text().starts_with("Good.")) continue;
      const bool is_retold = message.role == Role::kAssistant && asks_to_retell(chat.messages[turn - 1].text());
      for (const auto& words : sentences(message.text())) {
        if (words[0] == "?") continue;
        if (is_request(words)) {
          ASSERT_EQ(message.role, Role::kUser);
        } else if (message.role == Role::kUser) {
          ASSERT_TRUE(reader.follow(words)) << message.text();
        } else if (is_retold) {
          ++num_retold;
          ASSERT_TRUE(reader.agrees(words)) << spoken_text(chat) << "at: " << message.text();
        } else {
          ++num_answers;
          ASSERT_TRUE(reader.agrees(words)) << spoken_text(chat) << "at: " << message.text();
        }
      }
    }
  }
  EXPECT_GT(num_answers, 10000u);
  EXPECT_GT(num_retold, 500u);
}

TEST(Situation, HeldOutAndTrainingSituationsShareNoSetOfFacts) {
  for (const Level level : {Level::kSmall, Level::kFull}) {
    std::set<uint64_t> training, held_out;
    for (uint32_t index = 0; index < 3000; ++index) {
      Composer first(language(level), {1, 2, index}), second(language(level), {1, 3, index});
      training.insert(Situation(first, Split::kTraining).facts_key());
      held_out.insert(Situation(second, Split::kHeldOut).facts_key());
    }
    EXPECT_GT(training.size(), 2990u);
    for (const uint64_t key : held_out) EXPECT_FALSE(training.contains(key));
  }
}

TEST(Questions, PromptsNeverOccurInTrainingDocuments) {
  std::set<std::string> asked;
  const WorldOptions options{.seed = 1, .level = Level::kSmall};
  for (uint64_t index = 0; index < 500; ++index) asked.insert(make_question(options, index).prompt.front().text());
  for (uint64_t index = 0; index < 20000; ++index) {
    const Document document = make_document(options, index);
    if (!document.is_conversation()) continue;
    EXPECT_FALSE(asked.contains(document.messages.front().text()));
  }
}

}  // namespace
}  // namespace vitrine::data
