#include "data/synth/kinds/cast.h"

#include <algorithm>

#include "base/error.h"

namespace vitrine::data {
namespace {

constexpr std::string_view kAnimalColours[] = {"black", "white", "brown", "grey"};

// Draws a word that fits both keys (the second may be empty).
void set_fitting_both(Composer& composer, Entity& entity, std::string_view word_class, std::string_view key,
                      std::string_view other) {
  for (size_t attempt = 0; attempt < 200; ++attempt) {
    composer.set_fitting(entity, word_class, key);
    if (other.empty() || composer.fits(entity, word_class, other)) return;
  }
  composer.set_fitting(entity, word_class, other);
}

std::string_view group_of(const Composer& composer, const Entity& entity) {
  const WordId group = composer.lexicon().word(entity.noun()).group;
  return group == kNoWord ? std::string_view() : std::string_view(composer.lexicon().word(group).text);
}

}  // namespace

void set_time(Composer& composer, Entity& person) {
  composer.set(person, {"season", "daytime", "weekday"});
  const std::string_view season = composer.text_of(person, "season");
  composer.set_fitting(person, "month", season);
  composer.set_fitting(person, "weather", season);
  composer.set_fitting(person, "sight", season);
  composer.set_fitting(person, "chore", season);
}

void set_motion(Composer& composer, Entity& person) {
  composer.set_fitting(person, "motion", "trip");
  composer.set_fitting(person, "manner", composer.text_of(person, "motion"));
}

void set_place(Composer& composer, Entity& person, std::string_view key) {
  composer.set_fitting(person, "place", key);
  composer.clear(person, {"activity"});
  const std::string_view place = composer.text_of(person, "place");
  if (!composer.lexicon().fitting(composer.lexicon().class_id("activity"), place).empty()) {
    composer.set_fitting(person, "activity", place);
  }
}

void refresh(Composer& composer, Entity& person) {
  set_time(composer, person);
  set_motion(composer, person);
  composer.set(person,
               {"spot", "subject", "body", "several", "feeling", "gladness", "grief", "lesson", "colour"});
  for (const auto& [word_class, key] :
       {std::pair{"place", "outdoors"}, {"activity", "hobby"}, {"speak", "plain"}, {"tone", "plain"},
        {"handle", "look"}, {"event", "social"}, {"dishfood", "smell"}, {"meal", "supper"}, {"food", "treat"}}) {
    composer.set_fitting(person, word_class, key);
  }
  composer.set_fitting(person, "advice", composer.text_of(person, "grief"));
}

Entity full_person(Composer& composer, const std::vector<Entity>& others, Age age) {
  const bool is_child = age == Age::kChild;
  Entity person = composer.entity("name", others);
  composer.set(person, {"hair", "trait", "country", "pastime"});
  composer.set_fitting(person, "relative", is_child ? "child" : "adult");
  composer.set_fitting(person, "kin", is_child ? "child" : "adult");
  composer.set_fitting(person, "compare", "looks");
  composer.set(person, is_child ? "child" : "grownup");
  if (!is_child) {
    do {
      composer.set(person, "job");
    } while (!composer.relate(person, "work", "job"));
    composer.relate(person, "tool", "job");
  }
  refresh(composer, person);
  return person;
}

std::string_view bulk(const Composer& composer, const Entity& thing) {
  return composer.fits(thing, "thing", "small") ? "small" : composer.fits(thing, "thing", "large") ? "large" : "medium";
}

void set_spot(Composer& composer, Entity& thing, std::string_view key) {
  do {
    set_fitting_both(composer, thing, "spot", bulk(composer, thing), key);
  } while (composer.text_of(thing, "spot") == composer.text_of(thing, "thing"));
}

void set_quality(Composer& composer, Entity& thing, std::string_view key) {
  set_fitting_both(composer, thing, "quality", group_of(composer, thing), key);
}

bool set_material(Composer& composer, Entity& thing) {
  const std::string_view name = composer.text_of(thing, "thing");
  if (composer.lexicon().fitting(composer.lexicon().class_id("material"), name).empty()) return false;
  composer.set_fitting(thing, "material", name);
  return true;
}

void set_animal_colour(Composer& composer, Entity& animal) {
  const ClassId colour = composer.lexicon().class_id("colour");
  const std::string_view name = composer.text_of(animal, "animal");
  if (!composer.lexicon().fitting(colour, name).empty()) return composer.set_fitting(animal, "colour", name);
  do {  // the small level does not have them all
    animal.words[colour] = composer.lexicon().find(colour, kAnimalColours[composer.below(std::size(kAnimalColours))]);
  } while (animal.words[colour] == kNoWord);
}

void set_pet_spot(Composer& composer, Entity& animal) {
  composer.set_fitting(animal, "spot", composer.is_full() || composer.fits(animal, "animal", "house") ? "pet" : "yard");
}

Entity full_thing(Composer& composer, const std::vector<Entity>& others, std::string_view key) {
  Entity thing = key.empty() ? composer.entity("thing", others) : composer.entity_fitting("thing", key, others);
  set_spot(composer, thing);
  set_quality(composer, thing);
  // One look beside the quality: a thing that changed its adjective at every mention would seem another.
  switch (composer.below(3)) {
    case 0:
      composer.set_fitting(thing, "size", bulk(composer, thing));
      break;
    case 1:
      if (set_material(composer, thing)) break;
      [[fallthrough]];
    default:
      composer.set(thing, "colour");
      break;
  }
  composer.relate(thing, "use", "thing");
  set_group(composer, thing);
  return thing;
}

Entity full_animal(Composer& composer, const std::vector<Entity>& others) {
  Entity animal = composer.entity("animal", others);
  set_animal_colour(composer, animal);
  for (const char* relation : {"sound", "habitat", "diet", "feature"}) composer.relate(animal, relation, "animal");
  set_group(composer, animal);
  return animal;
}

void set_group(Composer& composer, Entity& entity) {
  entity.words[composer.lexicon().class_id("group")] = composer.lexicon().word(entity.noun()).group;
}

}  // namespace vitrine::data
