// Which facts a situation holds.
#include <utility>

#include "data/synth/kinds/cast.h"
#include "data/synth/situation.h"

namespace vitrine::data {

void Situation::draw() {
  using Part = void (Situation::*)();
  const bool is_full = composer_.is_full();
  std::vector<Part> parts = {&Situation::draw_places, &Situation::draw_owned, &Situation::draw_spots,
                             &Situation::draw_likes};
  if (is_full) {
    parts = {&Situation::draw_places,       &Situation::draw_owned,        &Situation::draw_spots,
             &Situation::draw_animals,      &Situation::draw_likes,        &Situation::draw_counts,
             &Situation::draw_about_people, &Situation::draw_about_people, &Situation::draw_kin,
             &Situation::draw_materials};
  }
  composer_.shuffle(parts);
  // The small world keeps its situations short: a model of a few minutes learns to look up among few facts first.
  const size_t count = composer_.chance(is_full ? 0.3 : 0.75) ? 1 : !is_full || composer_.chance(0.6) ? 2 : 3;
  for (size_t i = 0; i < count; ++i) (this->*parts[i])();
}

void Situation::add_people(size_t count) {
  while (people_.size() < count) people_.push_back(composer_.entity("name", people_));
}

// The two sizes that questions name.
void Situation::draw_size(Entity& entity) {
  const ClassId size = composer_.lexicon().class_id("size");
  set(entity, "size", composer_.lexicon().find(size, composer_.chance(0.5) ? "big" : "small"));
}

void Situation::draw_places() {
  add_people(2 + composer_.below(composer_.is_full() ? 3 : 2));
  for (Entity& person : people_) {
    composer_.set(person, "place");
    told("tell_place", {person});
  }
}

// What the full world gives away and puts somewhere can be carried.
Entity Situation::new_thing() {
  Entity thing = composer_.entity("thing", things_);
  while (composer_.is_full() && composer_.fits(thing, "thing", "large")) thing = composer_.entity("thing", things_);
  return thing;
}

// A spot for a thing, or for a fruit: at the full level one where such a thing can lie.
void Situation::draw_spot(Entity& entity) {
  if (!composer_.is_full()) return composer_.set(entity, "spot");
  entity.word_class == composer_.lexicon().class_id("thing") ? set_spot(composer_, entity)
                                                             : composer_.set_fitting(entity, "spot", "small");
}

void Situation::draw_owned() {
  add_people(2 + (composer_.is_full() ? composer_.below(2) : 0));
  for (const Entity& person : people_) {
    Entity thing = new_thing();
    set(thing, "name", person.noun());
    const uint64_t form = composer_.below(4);
    if (form == 0) {
      draw_size(thing);
      told("tell_has_sized", {person, thing});
    } else if (form == 1) {
      composer_.set(thing, "colour");
      told("tell_has", {person, thing});
      told("tell_colour", {thing});
    } else {
      composer_.set(thing, "colour");
      told("tell_has_coloured", {person, thing});
    }
    things_.push_back(thing);
  }
}

void Situation::draw_spots() {
  const size_t count = 2 + composer_.below(composer_.is_full() ? 3 : 2);
  for (size_t i = 0; i < count; ++i) {
    Entity thing = new_thing();
    const uint64_t form = composer_.below(5);
    if (form < 2) composer_.set(thing, "colour");
    if (form < 4) draw_spot(thing);
    if (form == 4) draw_size(thing);
    told(form < 2 ? "tell_coloured_spot" : form < 4 ? "tell_spot" : "tell_size", {thing});
    things_.push_back(thing);
  }
}

void Situation::draw_animals() {
  const size_t count = 2 + composer_.below(2);
  for (size_t i = 0; i < count; ++i) {
    // Only the full level draws animals: such as live in a house or yard.
    Entity animal = composer_.entity_fitting("animal", "house", animals_);
    const uint64_t form = composer_.below(4);
    if (form < 2) {
      set_animal_colour(composer_, animal);
      told("tell_animal_colour", {animal});
    }
    if (form == 1 || form == 2) {
      composer_.set_fitting(animal, "spot", "pet");
      told("tell_animal_spot", {animal});
    }
    if (form == 3) {
      draw_size(animal);
      told("tell_animal_size", {animal});
    }
    animals_.push_back(animal);
  }
}

void Situation::draw_likes() {
  add_people(2 + composer_.below(2));
  for (Entity& person : people_) {
    composer_.set(person, "food");
    told("tell_likes", {person});
  }
}

// Jobs, countries, hobbies or plans of everybody.
void Situation::draw_about_people() {
  static constexpr std::pair<std::string_view, std::string_view> kFacts[] = {
      {"job", "tell_job"}, {"country", "tell_country"}, {"pastime", "tell_pastime"}, {"weekday", "tell_weekday"}};
  const auto& [word_class, rule] = kFacts[composer_.below(std::size(kFacts))];
  if (!people_.empty() && get(people_[0], word_class) != kNoWord) return;
  add_people(2 + composer_.below(3));
  for (Entity& person : people_) {
    composer_.set(person, word_class);
    if (word_class == "weekday") composer_.set_fitting(person, "activity", "plan");
    told(rule, {person});
  }
}

void Situation::draw_kin() {
  add_people(3);
  for (size_t i = 0; i + 1 < people_.size(); i += 2) {
    composer_.set(people_[i], "kin");
    told("tell_kin", {people_[i], people_[i + 1]});
    kin_.push_back({people_[i], people_[i + 1]});
  }
}

void Situation::draw_materials() {
  for (size_t count = 2 + composer_.below(2); count > 0; --count) {
    Entity thing = composer_.entity("thing", things_);
    while (!set_material(composer_, thing)) thing = composer_.entity("thing", things_);
    told("tell_made_of", {thing});
    things_.push_back(thing);
  }
}

void Situation::draw_counts() {
  const bool is_owned = composer_.chance(0.5);
  if (is_owned) add_people(2);
  const size_t count = is_owned ? people_.size() : 2;
  for (size_t i = 0; i < count; ++i) {
    Entity food = composer_.entity("food", counted_);
    const Entity number = composer_.number(composer_.between(1, 10));
    set(food, "number", number.noun());
    food.value = number.value;
    if (is_owned) {
      set(food, "name", people_[i].noun());
      told("tell_count_has", {people_[i], number, food});
    } else {
      draw_spot(food);
      told("tell_count_spot", {number, food});
    }
    counted_.push_back(food);
  }
}

}  // namespace vitrine::data
