#include "data/synth/composer.h"

#include <algorithm>

#include "base/error.h"

namespace vitrine::data {

WordId Composer::draw(std::string_view word_class) {
  const auto words = lexicon().words_of(lexicon().class_id(word_class));
  VITRINE_CHECK(!words.empty(), "no words of class '" + std::string(word_class) + "'");
  return words[below(words.size())];
}

Entity Composer::entity(std::string_view word_class, const std::vector<Entity>& others) {
  const ClassId id = lexicon().class_id(word_class);
  for (;;) {
    const WordId word = draw(word_class);
    if (std::none_of(others.begin(), others.end(), [&](const Entity& other) { return other.words[id] == word; })) {
      Entity drawn(id, word);
      drawn.value = lexicon().word(word).value;
      return drawn;
    }
  }
}

std::vector<Entity> Composer::entities(std::string_view word_class, size_t count) {
  std::vector<Entity> drawn;
  while (drawn.size() < count) drawn.push_back(entity(word_class, drawn));
  return drawn;
}

void Composer::set(Entity& entity, std::string_view word_class) {
  const ClassId id = lexicon().class_id(word_class);
  const Gender own = lexicon().word(entity.noun()).gender;
  for (;;) {
    const WordId word = draw(word_class);
    const Gender gender = lexicon().word(word).gender;
    if (gender != Gender::kThing && gender != own) continue;
    entity.words[id] = word;
    return;
  }
}

Entity Composer::number(int64_t value) const {
  const ClassId id = lexicon().class_id("number");
  for (const WordId word : lexicon().words_of(id)) {
    if (lexicon().word(word).value != value) continue;
    Entity made(id, word);
    made.value = value;
    return made;
  }
  VITRINE_CHECK(false, "no word for the number " + std::to_string(value));
  return {};
}

Entity Composer::integer(int64_t value) const {
  Entity made;
  made.word_class = lexicon().class_id("integer");
  made.value = value;
  return made;
}

void Composer::space() {
  if (!text_.empty() && text_.back() != '\n') text_ += ' ';
}

Composer& Composer::say(std::string_view rule, std::initializer_list<const Entity*> args) {
  space();
  language_.grammar.expand(language_.grammar.find(rule), {args.begin(), args.size()}, rng_, text_, true);
  return *this;
}

Composer& Composer::say(std::string_view rule, const std::vector<const Entity*>& args) {
  space();
  language_.grammar.expand(language_.grammar.find(rule), args, rng_, text_, true);
  return *this;
}

Composer& Composer::quote(std::string_view rule, std::initializer_list<const Entity*> args, std::string_view tail,
                          std::initializer_list<const Entity*> tail_args) {
  space();
  text_ += '"';
  language_.grammar.expand(language_.grammar.find(rule), {args.begin(), args.size()}, rng_, text_, true);
  if (text_.back() == '.') text_.back() = ',';
  text_ += "\" ";
  language_.grammar.expand(language_.grammar.find(tail), {tail_args.begin(), tail_args.size()}, rng_, text_, false);
  return *this;
}

void Composer::paragraph() {
  if (!text_.empty()) text_ += '\n';
}

}  // namespace vitrine::data
