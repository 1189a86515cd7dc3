#include "data/synth/preferences.h"

#include <algorithm>
#include <array>

#include "data/synth/random_key.h"

namespace vitrine::data {
namespace {

constexpr std::array<std::string_view, 5> kFaults = {"wrong_fact", "ungrammatical", "off_topic", "too_long",
                                                     "impolite"};
// Twice the longest answer that the grammar gives to a question of one fact.
constexpr size_t kLongAnswerTokens = 24;

bool is_impolite(const Language& language, std::string_view answer) {
  for (const Unit& unit : split_units(answer)) {
    if (language.parser.rule_of(unit) == "impolite") return true;
  }
  return false;
}

std::string with_words_mixed(Composer& composer, const std::string& reference) {
  std::vector<std::string> words;
  for (const std::string_view token : split_tokens(reference)) words.emplace_back(token);
  const std::string end = words.back();
  words.pop_back();
  composer.shuffle(words);
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out + end;
}

std::string too_long(Composer& composer, const std::string& reference) {
  std::string out = reference;
  while (split_tokens(out).size() <= kLongAnswerTokens) {
    composer.say("rambling", {});
    out += ' ' + composer.take();
  }
  return out;
}

std::string faulty(Composer& composer, const HeldOutQuestion& question, std::string_view fault) {
  if (fault == "wrong_fact") return question.wrong;
  if (fault == "ungrammatical") {
    for (;;) {
      std::string mixed = with_words_mixed(composer, question.reference);
      if (!composer.language().parser.check(mixed).all_parse()) return mixed;
    }
  }
  if (fault == "too_long") return too_long(composer, question.reference);
  composer.say(fault == "impolite" ? "impolite" : "off_topic", {});
  return composer.take();
}

}  // namespace

double score_answer(const HeldOutQuestion& question, std::string_view answer) {
  const Language& language = data::language(question.level);
  const size_t num_tokens = split_tokens(answer).size();
  if (num_tokens == 0) return 0;
  double score = question.is_right(answer) ? 0.5 : 0.0;
  const ParseReport report = language.parser.check(answer);
  if (report.num_sentences > 0 && !report.last_is_cut) {
    score += 0.2 * static_cast<double>(report.num_parsed) / static_cast<double>(report.num_sentences);
  }
  if (num_tokens <= kLongAnswerTokens) score += 0.15;
  if (!is_impolite(language, answer)) score += 0.15;
  return score;
}

PreferencePair make_preference(const WorldOptions& options, uint64_t index) {
  Composer composer(language(options.level), random_key(options.seed, RandomUse::kPreference, index));
  const HeldOutQuestion question = draw_question(composer, Split::kTraining);
  PreferencePair pair;
  pair.prompt = question.prompt;
  pair.good = question.reference;
  pair.score_good = score_answer(question, pair.good);
  do {
    pair.fault = kFaults[composer.below(kFaults.size())];
    pair.bad = faulty(composer, question, pair.fault);
    pair.score_bad = score_answer(question, pair.bad);
  } while (pair.score_bad >= pair.score_good);
  return pair;
}

}  // namespace vitrine::data
