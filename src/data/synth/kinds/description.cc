// Descriptions of a person or of a house, its things and animals.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {
namespace {

void describe_person(Composer& composer) {
  std::vector<Entity> people = composer.entities("name", 2);
  Entity& person = people[0];
  for (const char* word_class : {"child", "food", "activity", "place", "feeling"}) composer.set(person, word_class);
  composer.say("story_child", {&person});
  for (Entity& thing : composer.entities("thing", 2 + composer.below(2))) {
    composer.set(thing, "colour");
    composer.say("tell_has_coloured", {&person, &thing});
    if (composer.chance(0.6)) {
      composer.set(thing, "size");
      composer.say("tell_size", {&thing});
    }
    if (composer.chance(0.5)) composer.say("story_loves", {&person, &thing});
  }
  composer.say("person_likes", {&person});
  if (composer.chance(0.5)) composer.say("person_can", {&person});
  composer.say("person_friend", {&person, &people[1]});
  if (composer.chance(0.5)) composer.say("story_feels", {&person});
}

void describe_house(Composer& composer) {
  const Entity owner = composer.entity("name");
  composer.say("room_is", {&owner});
  for (Entity& thing : composer.entities("thing", 4 + composer.below(3))) {
    for (const char* word_class : {"colour", "size", "spot"}) composer.set(thing, word_class);
    composer.say("room_thing", {&thing});
    if (composer.chance(0.5)) composer.say("room_thing_more", {&thing});
  }
  Entity animal = composer.entity("animal");
  for (const char* word_class : {"colour", "size", "spot"}) composer.set(animal, word_class);
  composer.say("room_animal", {&animal});
}

void portrait(Composer& composer) {
  Entity person = full_person(composer);
  composer.say("portrait_open", {&person});
  if (composer.chance(0.6)) composer.say("past_job_of", {&person});
  composer.say("portrait_looks", {&person}).say("portrait_likes", {&person}).say("portrait_habit", {&person});
  const Entity thing = full_thing(composer);
  composer.say("portrait_owns", {&person, &thing});
  refresh(composer, person);
  if (composer.chance(0.6)) composer.say("portrait_likes", {&person});
  if (composer.chance(0.5)) composer.say("portrait_habit", {&person});
}

void picture_of_place(Composer& composer) {
  const Entity place = composer.entity("place");
  composer.say("place_open", {&place});
  const std::vector<Entity> people = {full_person(composer), full_person(composer)};
  const Entity flower = composer.entity("flower"), tree = composer.entity("tree");
  std::vector<int> views = {0, 1, 2, 3, 4};
  composer.shuffle(views);
  for (const int view : views) {
    const Entity thing = full_thing(composer);
    switch (view) {
      case 0:
        composer.say("place_thing", {&thing});
        break;
      case 1:
        composer.say("place_person", {&people[0]});
        break;
      case 2:
        composer.say("place_nature", {&flower, &tree});
        break;
      case 3:
        composer.say("place_air", {&people[1]});
        break;
      default:
        composer.say("place_sight", {&people[0]});
        break;
    }
  }
}

}  // namespace

Document make_description(Composer& composer) {
  if (composer.is_full() && composer.chance(0.8)) {
    composer.chance(0.5) ? portrait(composer) : picture_of_place(composer);
  } else {
    composer.chance(0.5) ? describe_person(composer) : describe_house(composer);
  }
  Document document;
  document.text = composer.take();
  return document;
}

}  // namespace vitrine::data
