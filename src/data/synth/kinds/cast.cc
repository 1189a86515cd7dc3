#include "data/synth/kinds/cast.h"

#include <utility>

namespace vitrine::data {
namespace {

// What things of a group are made of.
constexpr std::pair<std::string_view, std::string_view> kMaterials[] = {
    {"toy", "wooden plastic rubber felt cardboard"},
    {"instrument", "wooden brass copper bamboo"},
    {"garment", "woollen cotton silk linen leather velvet felt"},
    {"tool", "iron steel wooden metal"},
    {"dish", "glass porcelain metal copper clay wooden"},
    {"container", "leather wooden metal linen bamboo plastic"},
    {"vehicle", "wooden metal steel"},
    {"jewel", "copper bronze glass brass"},
    {"piece of furniture", "wooden velvet leather linen bamboo"},
    {"thing for school", "paper plastic leather wooden cardboard"},
    {"device", "brass plastic metal wooden"},
    {"thing for sport", "wooden rubber leather plastic"},
    {"keepsake", "paper silk linen cardboard"},
    {"present", "marble porcelain glass clay wax bronze stone"}};

constexpr std::string_view kAnimalColours[] = {"black", "white", "brown", "grey", "golden", "red", "yellow"};

}  // namespace

void refresh(Composer& composer, Entity& person) {
  composer.set(person, {"place",    "spot",    "weather",  "weekday", "month",    "season",  "daytime",
                        "motion",   "manner",  "speak",    "handle",  "chore",    "sight",   "lesson",
                        "activity", "advice",  "subject",  "event",   "dishfood", "meal",    "tone",
                        "several",  "feeling", "gladness", "grief",   "body",     "quality", "colour"});
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

void set_material(Composer& composer, Entity& thing) {
  const WordId group = composer.lexicon().word(thing.noun()).group;
  const std::string_view name = group == kNoWord ? std::string_view() : composer.lexicon().word(group).text;
  const ClassId material = composer.lexicon().class_id("material");
  for (const auto& [of, words] : kMaterials) {
    if (of != name) continue;
    const std::vector<std::string_view> choices = split_tokens(words);
    thing.words[material] = composer.lexicon().find(material, choices[composer.below(choices.size())]);
  }
}

void set_animal_colour(Composer& composer, Entity& animal) {
  const ClassId colour = composer.lexicon().class_id("colour");
  animal.words[colour] = composer.lexicon().find(colour, kAnimalColours[composer.below(std::size(kAnimalColours))]);
}

Entity full_thing(Composer& composer, const std::vector<Entity>& others) {
  Entity thing = composer.entity("thing", others);
  composer.set(thing, {"quality", "spot"});
  // One look beside the quality: a thing that changed its adjective at every mention would seem another.
  switch (composer.below(3)) {
    case 0:
      composer.set(thing, "size");
      break;
    case 1:
      set_material(composer, thing);
      break;
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
  composer.set(animal, "size");
  for (const char* relation : {"sound", "habitat", "diet", "feature"}) composer.relate(animal, relation, "animal");
  set_group(composer, animal);
  return animal;
}

void set_group(Composer& composer, Entity& entity) {
  entity.words[composer.lexicon().class_id("group")] = composer.lexicon().word(entity.noun()).group;
}

}  // namespace vitrine::data
