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

void Composer::set(Entity& entity, std::initializer_list<std::string_view> word_classes) {
  for (const std::string_view word_class : word_classes) set(entity, word_class);
}

WordId Composer::draw_fitting(std::string_view word_class, std::string_view key) {
  const auto words = lexicon().fitting(lexicon().class_id(word_class), key);
  VITRINE_CHECK(!words.empty(), "no " + std::string(word_class) + " fits '" + std::string(key) + "'");
  return words[below(words.size())];
}

void Composer::set_fitting(Entity& entity, std::string_view word_class, std::string_view key) {
  const Gender own = lexicon().word(entity.noun()).gender;
  for (;;) {
    const WordId word = draw_fitting(word_class, key);
    const Gender gender = lexicon().word(word).gender;
    if (gender != Gender::kThing && gender != own) continue;
    entity.words[lexicon().class_id(word_class)] = word;
    return;
  }
}

Entity Composer::entity_fitting(std::string_view word_class, std::string_view key, const std::vector<Entity>& others) {
  const ClassId id = lexicon().class_id(word_class);
  for (;;) {
    const WordId word = draw_fitting(word_class, key);
    if (std::none_of(others.begin(), others.end(), [&](const Entity& other) { return other.words[id] == word; })) {
      return Entity(id, word);
    }
  }
}

bool Composer::fits(const Entity& entity, std::string_view word_class, std::string_view key) const {
  const ClassId id = lexicon().class_id(word_class);
  const auto words = lexicon().fitting(id, key);
  return std::find(words.begin(), words.end(), entity.words[id]) != words.end();
}

std::string_view Composer::text_of(const Entity& entity, std::string_view word_class) const {
  const WordId word = entity.words[lexicon().class_id(word_class)];
  return word == kNoWord ? std::string_view() : std::string_view(lexicon().word(word).text);
}

void Composer::clear(Entity& entity, std::initializer_list<std::string_view> word_classes) const {
  for (const std::string_view word_class : word_classes) entity.words[lexicon().class_id(word_class)] = kNoWord;
}

bool Composer::relate(Entity& entity, std::string_view relation, std::string_view of) {
  const ClassId id = lexicon().class_id(relation);
  entity.words[id] = lexicon().fact(id, entity.words[lexicon().class_id(of)]);
  return entity.words[id] != kNoWord;
}

Entity Composer::entity_in_group(std::string_view word_class, std::string_view group) {
  const std::vector<WordId> words = lexicon().words_in_group(lexicon().class_id(word_class), group);
  VITRINE_CHECK(!words.empty(), "no words in group '" + std::string(group) + "'");
  return Entity(lexicon().class_id(word_class), words[below(words.size())]);
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

Entity Composer::integer(std::string digits) const {
  constexpr size_t kMostDigits = 18;  // what an int64_t surely holds
  if (digits.size() <= kMostDigits) return integer(std::stoll(digits));
  Entity made = integer(int64_t{0});
  made.digits = std::move(digits);
  return made;
}

void Composer::space() {
  if (!text_.empty() && text_.back() != '\n') text_ += ' ';
}

Composer& Composer::say(std::string_view rule, std::initializer_list<const Entity*> args) {
  space();
  language_.grammar.expand(language_.grammar.find(rule), {args.begin(), args.size()}, rng_, text_, true, used());
  return *this;
}

Composer& Composer::say(std::string_view rule, const std::vector<const Entity*>& args) {
  space();
  language_.grammar.expand(language_.grammar.find(rule), args, rng_, text_, true, used());
  return *this;
}

Composer& Composer::quote(std::string_view rule, std::initializer_list<const Entity*> args) {
  space();
  text_ += '"';
  language_.grammar.expand(language_.grammar.find(rule), {args.begin(), args.size()}, rng_, text_, true, used());
  if (text_.back() == '.') text_.back() = ',';
  text_ += '"';
  return *this;
}

Composer& Composer::tail(std::string_view rule, std::initializer_list<const Entity*> args) {
  text_ += ' ';
  language_.grammar.expand(language_.grammar.find(rule), {args.begin(), args.size()}, rng_, text_, false, used());
  return *this;
}

Composer& Composer::repeat(std::string_view sentences) {
  space();
  text_ += sentences;
  return *this;
}

void Composer::paragraph() {
  if (!text_.empty()) text_ += '\n';
}

}  // namespace vitrine::data
