// A small world of people, animals, things and food of which facts are told, that events change, and that can be asked.
// What an entity's words say is what was told and is true now.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/synth/composer.h"

namespace vitrine::data {

/// One question that the facts told so far answer.
struct Question {
  std::string_view type;         ///< colour, owner, place …
  std::string_view ask_rule;     ///< expanded with `ask_args`
  std::string_view answer_rule;  ///< expanded with `answer_args`
  std::vector<Entity> ask_args;
  std::vector<Entity> answer_args;
  std::string_view value_class;  ///< the class of the word that is asked for
  WordId value = kNoWord;

  void ask(Composer& composer) const;
  void answer(Composer& composer) const;
};

/// Which half of the space of situations may be drawn: the two never share one.
enum class Split { kTraining, kHeldOut };

/// Threads: not safe.
class Situation {
 public:
  /// Draws a situation of the wanted split: entities, and which facts are told of them.
  Situation(Composer& composer, Split split);

  /// Tells the facts, in a random order.
  void tell();
  /// Says again what was told: all of it, or what names the entity. Nothing may have happened since.
  void retell() const;
  void retell(const Entity& about) const;
  const std::vector<Entity>& people() const { return people_; }
  const std::vector<Entity>& things() const { return things_; }
  /// Lets something happen and tells it; false where nothing can happen here.
  bool happen();
  /// Returns every question that the facts told so far answer, as things stand now.
  std::vector<Question> questions() const;

  /// Returns a hash of the set of facts, whatever their order and wording; the split goes by it.
  uint64_t facts_key() const;

 private:
  struct Telling {
    std::string_view rule;
    std::vector<Entity> args;
    std::string said;  ///< once it is told
  };
  struct Kin {
    Entity relative, of;
  };
  struct Gift {
    Entity giver, thing, receiver;
  };

  void draw();
  void draw_places();
  void draw_owned();
  void draw_spots();
  void draw_animals();
  void draw_likes();
  void draw_about_people();
  void draw_kin();
  void draw_materials();
  void draw_size(Entity& entity);
  void draw_spot(Entity& entity);
  Entity new_thing();
  void draw_counts();
  void add_people(size_t count);
  void told(std::string_view rule, std::vector<Entity> args) { tellings_.push_back({rule, std::move(args), {}}); }
  bool give();
  bool go();
  bool put();
  void ask_things(std::vector<Question>& out) const;
  void ask_if(std::vector<Question>& out) const;
  void ask_whether(std::vector<Question>& out) const;
  void ask_people(std::vector<Question>& out) const;
  void ask_animals(std::vector<Question>& out) const;
  void ask_counts(std::vector<Question>& out) const;
  const Entity* owner_of(const Entity& thing) const;
  WordId get(const Entity& entity, std::string_view word_class) const;
  void set(Entity& entity, std::string_view word_class, WordId word) const;

  Composer& composer_;
  std::vector<Entity> people_, things_, animals_;
  std::vector<Entity> counted_;  ///< food with a number word, and a spot or an owner
  std::vector<Gift> gifts_;
  std::vector<Kin> kin_;
  std::vector<Telling> tellings_;
};

}  // namespace vitrine::data
