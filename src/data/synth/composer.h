// Writes one document: draws words and chances, expands rules into sentences, quotations and paragraphs.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/rng.h"
#include "data/synth/language.h"

namespace vitrine::data {

/// Threads: not safe; one a document.
class Composer {
 public:
  Composer(const Language& language, RngKey key) : language_(language), rng_(key) {}

  const Language& language() const { return language_; }
  const Lexicon& lexicon() const { return language_.lexicon; }
  bool is_full() const { return language_.level == Level::kFull; }
  Rng& rng() { return rng_; }

  uint64_t below(uint64_t bound) { return rng_.next_below(bound); }
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(below(static_cast<uint64_t>(high - low + 1)));
  }
  bool chance(double probability) { return rng_.next_uniform() < probability; }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }
  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

  /// Draws a word of a class.
  WordId draw(std::string_view word_class);
  /// Draws an entity of a class that none of `others` is.
  Entity entity(std::string_view word_class, const std::vector<Entity>& others = {});
  /// Draws `count` different entities of a class.
  std::vector<Entity> entities(std::string_view word_class, size_t count);
  /// Draws a word of a class for an entity: set(ball, "colour"). A gendered class follows the entity's gender.
  void set(Entity& entity, std::string_view word_class);
  void set(Entity& entity, std::initializer_list<std::string_view> word_classes);
  /// Draws a word of a class that fits a key of the tables, "weather" of "winter". Errors: kInternal where none does.
  WordId draw_fitting(std::string_view word_class, std::string_view key);
  /// Gives an entity such a word. Words that only fit the other gender are left out.
  void set_fitting(Entity& entity, std::string_view word_class, std::string_view key);
  /// Draws an entity whose word fits the key, none of `others`.
  Entity entity_fitting(std::string_view word_class, std::string_view key, const std::vector<Entity>& others = {});
  /// Tells whether the entity's word of a class fits a key.
  bool fits(const Entity& entity, std::string_view word_class, std::string_view key) const;
  /// Returns the text of the entity's word of a class, empty where it has none.
  std::string_view text_of(const Entity& entity, std::string_view word_class) const;
  /// Takes words away that are not true of the entity (any more): rules that need them are not used.
  void clear(Entity& entity, std::initializer_list<std::string_view> word_classes) const;
  /// Gives the entity the word that the fact table has for it (sound of dog: bark), or none; tells whether it has one.
  bool relate(Entity& entity, std::string_view relation, std::string_view of);
  /// Draws an entity of a class out of one group (bird, tool …).
  Entity entity_in_group(std::string_view word_class, std::string_view group);
  /// Makes the entity of a number, as a word (class number) or in digits (class integer).
  Entity number(int64_t value) const;
  Entity integer(int64_t value) const;
  /// The same of a number of any length, given in digits, with a minus sign where it is negative.
  Entity integer(std::string digits) const;

  /// Appends sentences of a rule to the text.
  Composer& say(std::string_view rule, std::initializer_list<const Entity*> args);
  Composer& say(std::string_view rule, const std::vector<const Entity*>& args);
  /// Appends a quotation, which a tail has to follow: quote("q_thanks", {&ben}).tail("tail_said", {&tom}).
  Composer& quote(std::string_view rule, std::initializer_list<const Entity*> args);
  Composer& tail(std::string_view rule, std::initializer_list<const Entity*> args);
  /// Tells whether the text ends with a question (in a quotation or not).
  bool ends_with_question() const { return text_.ends_with("?") || text_.ends_with("?\""); }
  /// Appends sentences that were said before, as they were.
  Composer& repeat(std::string_view sentences);
  void paragraph();
  /// Returns the text so far and begins a new one.
  std::string take() { return std::exchange(text_, {}); }
  const std::string& text() const { return text_; }
  bool is_empty() const { return text_.empty(); }
  size_t num_bytes() const { return text_.size(); }

 private:
  void space();
  // The small level keeps to few phrasings on purpose; the full one does not repeat itself within a document.
  std::vector<const Alternative*>* used() { return is_full() ? &used_ : nullptr; }

  const Language& language_;
  Rng rng_;
  std::string text_;
  std::vector<const Alternative*> used_;
};

}  // namespace vitrine::data
