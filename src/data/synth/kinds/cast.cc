#include "data/synth/kinds/cast.h"

namespace vitrine::data {

void refresh(Composer& composer, Entity& person) {
  composer.set(person,
               {"place",    "spot",   "weather", "weekday",  "month",  "season",   "daytime", "motion",  "manner",
                "speak",    "handle", "chore",   "sight",    "lesson", "activity", "advice",  "subject", "event",
                "dishfood", "number", "feeling", "gladness", "grief",  "body",     "quality", "colour"});
}

Entity full_person(Composer& composer, const std::vector<Entity>& others) {
  Entity person = composer.entity("name", others);
  composer.set(person,
               {"child", "grownup", "hair", "trait", "job", "country", "pastime", "relative", "kin", "compare"});
  while (!composer.relate(person, "work", "job")) composer.set(person, "job");
  composer.relate(person, "tool", "job");
  refresh(composer, person);
  return person;
}

Entity full_thing(Composer& composer, const std::vector<Entity>& others) {
  Entity thing = composer.entity("thing", others);
  composer.set(thing, {"colour", "size", "material", "quality", "spot"});
  composer.relate(thing, "use", "thing");
  set_group(composer, thing);
  return thing;
}

Entity full_animal(Composer& composer, const std::vector<Entity>& others) {
  Entity animal = composer.entity("animal", others);
  composer.set(animal, {"colour", "size"});
  for (const char* relation : {"sound", "habitat", "diet", "feature"}) composer.relate(animal, relation, "animal");
  set_group(composer, animal);
  return animal;
}

void set_group(Composer& composer, Entity& entity) {
  entity.words[composer.lexicon().class_id("group")] = composer.lexicon().word(entity.noun()).group;
}

}  // namespace vitrine::data
