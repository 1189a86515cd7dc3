#include "data/synth/questions.h"

#include <algorithm>
#include <cctype>

#include "data/synth/random_key.h"

namespace vitrine::data {
namespace {

// The classes whose words state facts of a situation; other words are free.
constexpr std::string_view kFactClasses[] = {"name",    "animal",  "thing",    "food",     "place", "spot",
                                             "colour",  "size",    "number",   "material", "job",   "country",
                                             "pastime", "weekday", "activity", "truth"};

// Number words count only where a number was asked for: "a wooden one" states none.
bool is_fact_class(const Lexicon& lexicon, ClassId id, bool has_numbers) {
  if (!has_numbers && lexicon.class_name(id) == "number") return false;
  return std::find(std::begin(kFactClasses), std::end(kFactClasses), lexicon.class_name(id)) != std::end(kFactClasses);
}

// The words of the world that a text names, each token read as every word that it may be.
struct Reading {
  std::vector<std::vector<WordId>> mentions;
  bool is_negated = false;
};

std::vector<WordId> words_at(const Lexicon& lexicon, const std::vector<FormId>& tokens, size_t at, bool has_numbers,
                             size_t& length) {
  std::vector<WordId> found;
  length = 1;
  if (tokens[at] == kNoToken) return found;
  for (const Surface& surface : lexicon.surfaces_at(tokens[at])) {
    const Word& word = lexicon.word(surface.word);
    if (!is_fact_class(lexicon, word.word_class, has_numbers) || surface.form == Form::kIn || surface.form == Form::kTo)
      continue;
    const std::vector<FormId>& written = word.forms[static_cast<size_t>(surface.form)];
    if (at + written.size() > tokens.size() || written.size() < length) continue;
    if (!std::equal(written.begin(), written.end(), tokens.begin() + static_cast<ptrdiff_t>(at))) continue;
    if (written.size() > length) found.clear();
    length = written.size();
    found.push_back(surface.word);
  }
  return found;
}

WordId number_word(const Lexicon& lexicon, std::string_view digits) {
  for (const WordId id : lexicon.words_of(lexicon.class_id("number"))) {
    if (std::to_string(lexicon.word(id).value) == digits) return id;
  }
  return kNoWord;
}

Reading read(const Lexicon& lexicon, std::string_view text, bool has_numbers) {
  Reading reading;
  std::vector<FormId> tokens;
  for (const std::string_view piece : split_tokens(text)) {
    std::string lower(piece);
    lower[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(lower[0])));
    if (lower == "not" || lower == "no" || lower == "never" || lower.ends_with("n't")) reading.is_negated = true;
    const FormId small = lexicon.find_token(lower);
    const FormId as_written = lexicon.find_token(piece);
    const bool is_known = as_written != kNoToken && !lexicon.surfaces_at(as_written).empty();
    tokens.push_back(is_known || small == kNoToken ? as_written : small);
    if (std::isdigit(static_cast<unsigned char>(piece[0]))) reading.mentions.push_back({number_word(lexicon, piece)});
  }
  for (size_t at = 0, length = 1; at < tokens.size(); at += length) {
    std::vector<WordId> words = words_at(lexicon, tokens, at, has_numbers, length);
    if (!words.empty()) reading.mentions.push_back(std::move(words));
  }
  return reading;
}

void allow(HeldOutQuestion& question, const std::vector<Entity>& entities) {
  for (const Entity& entity : entities) {
    if (entity.noun() != kNoWord) question.allowed.push_back(entity.noun());
  }
}

// Another value of the same class: often one that the situation holds as well, which is what a careless reader takes.
WordId other_value(Composer& composer, const Question& asked, const std::vector<Question>& questions) {
  const Lexicon& lexicon = composer.lexicon();
  const Word& right = lexicon.word(asked.value);
  const auto fits = [&](WordId word) {
    const auto is_it = [&](const Entity& entity) { return entity.noun() == word; };
    return word != asked.value && lexicon.word(word).word_class == right.word_class &&
           lexicon.word(word).gender == right.gender &&
           std::none_of(asked.answer_args.begin(), asked.answer_args.end(), is_it);
  };
  for (size_t attempt = 0; attempt < 4; ++attempt) {
    if (const WordId word = composer.pick(questions).value; fits(word)) return word;
  }
  for (;;) {
    if (const WordId word = composer.draw(lexicon.class_name(right.word_class)); fits(word)) return word;
  }
}

std::string wrong_answer(Composer& composer, Question asked, const std::vector<Question>& questions) {
  if (asked.type == "truth") {
    asked.answer(composer);
    const std::string right = composer.take();
    const bool is_yes = right.starts_with("Yes");
    return (is_yes ? "No" : "Yes") + right.substr(is_yes ? 3 : 2);
  }
  const WordId other = other_value(composer, asked, questions);
  const ClassId id = composer.lexicon().class_id(asked.value_class);
  for (Entity& entity : asked.answer_args) {
    if (entity.words[id] != asked.value || (asked.value_class == "name" && entity.word_class != id)) continue;
    entity.words[id] = other;
    if (entity.word_class == id) entity.value = composer.lexicon().word(other).value;
  }
  asked.answer(composer);
  return composer.take();
}

}  // namespace

bool HeldOutQuestion::is_right(std::string_view answer) const {
  const Reading reading = read(data::language(level).lexicon, answer, type == "count");
  // Only an answer to yes or no may say no.
  if (reading.is_negated && type != "truth") return false;
  bool is_stated = false;
  for (const std::vector<WordId>& words : reading.mentions) {
    const auto names = [&](WordId word) { return std::find(words.begin(), words.end(), word) != words.end(); };
    if (names(value)) {
      is_stated = true;
    } else if (std::none_of(allowed.begin(), allowed.end(), names)) {
      return false;
    }
  }
  return is_stated;
}

HeldOutQuestion draw_question(Composer& composer, Split split) {
  HeldOutQuestion out;
  out.level = composer.language().level;
  for (;;) {
    composer.take();
    Situation situation(composer, split);
    situation.tell();
    if (composer.chance(0.15)) situation.happen();
    std::vector<Question> questions = situation.questions();
    if (questions.empty()) continue;
    composer.shuffle(questions);
    const Question asked = questions.front();
    // One prompt in five has another question and its answer before.
    if (questions.size() > 1 && composer.chance(0.2)) {
      questions[1].ask(composer);
      out.prompt.push_back(text_message(Role::kUser, composer.take()));
      questions[1].answer(composer);
      out.prompt.push_back(text_message(Role::kAssistant, composer.take()));
    }
    asked.ask(composer);
    out.prompt.push_back(text_message(Role::kUser, composer.take()));
    asked.answer(composer);
    out.reference = composer.take();
    out.wrong = wrong_answer(composer, asked, questions);
    out.type = asked.type;
    out.value = asked.value;
    allow(out, asked.ask_args);
    allow(out, asked.answer_args);
    if (asked.type == "count") std::erase(out.allowed, asked.value);
    for (const Entity& entity : asked.answer_args) {
      for (const WordId word : entity.words) {
        if (word != kNoWord && out.type != "giver") out.allowed.push_back(word);
      }
    }
    return out;
  }
}

HeldOutQuestion make_question(const WorldOptions& options, uint64_t index) {
  Composer composer(language(options.level), random_key(options.seed, RandomUse::kHeldOut, index));
  return draw_question(composer, Split::kHeldOut);
}

}  // namespace vitrine::data
