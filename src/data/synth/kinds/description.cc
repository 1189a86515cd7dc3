// Descriptions of a person or of a house, its things and animals.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {
namespace {

// At the full level a size that such things have.
void set_size(Composer& composer, Entity& thing) {
  composer.is_full() ? composer.set_fitting(thing, "size", bulk(composer, thing)) : composer.set(thing, "size");
}

void describe_person(Composer& composer) {
  std::vector<Entity> people = composer.entities("name", 2);
  Entity& person = people[0];
  for (const char* word_class : {"child", "food", "activity", "place", "feeling"}) composer.set(person, word_class);
  if (composer.is_full()) {
    composer.set_fitting(person, "activity", "child");
    composer.set_fitting(person, "place", "outdoors");
  }
  composer.say("story_child", {&person});
  for (Entity& thing : composer.entities("thing", 2 + composer.below(2))) {
    composer.set(thing, "colour");
    composer.say("tell_has_coloured", {&person, &thing});
    if (composer.chance(0.6)) {
      set_size(composer, thing);
      composer.say("tell_size", {&thing});
    }
    const bool is_loved = composer.chance(0.5);
    if (is_loved && (!composer.is_full() || composer.fits(thing, "thing", "plaything"))) {
      composer.say("story_loves", {&person, &thing});
    }
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
    if (composer.is_full()) {
      set_spot(composer, thing);
      set_size(composer, thing);
    }
    composer.say("room_thing", {&thing});
    if (composer.chance(0.5)) composer.say("room_thing_more", {&thing});
  }
  Entity animal = composer.entity_fitting("animal", "house");
  set_animal_colour(composer, animal);
  set_pet_spot(composer, animal);
  composer.set(animal, "size");
  if (composer.is_full()) composer.set_fitting(animal, "size", "creature");
  composer.say("room_animal", {&animal});
}

void portrait(Composer& composer) {
  Entity person = full_person(composer);
  composer.say("portrait_open", {&person});
  if (composer.chance(0.6)) composer.say("past_job_of", {&person});
  const std::string home(composer.text_of(person, "country"));
  while (composer.text_of(person, "country") == home) composer.set(person, "country");
  composer.say("portrait_looks", {&person}).say("portrait_likes", {&person});
  const std::string liked(composer.text_of(person, "activity"));
  while (composer.text_of(person, "activity") == liked) composer.set_fitting(person, "activity", "hobby");
  composer.say("portrait_habit", {&person});
  Entity thing = full_thing(composer, {}, "collected");
  set_quality(composer, thing, "gift");
  composer.say("portrait_owns", {&person, &thing});
  if (composer.chance(0.4)) {
    composer.set_fitting(person, "activity", "cheerful");
    composer.say("portrait_mood", {&person});
  }
  const std::string habit(composer.text_of(person, "activity"));
  refresh(composer, person);
  while (composer.text_of(person, "activity") == liked || composer.text_of(person, "activity") == habit) {
    composer.set_fitting(person, "activity", "hobby");
  }
  // The good trait is another than the one that was told of, or the same if that was good.
  if (!composer.fits(person, "trait", "good")) composer.clear(person, {"trait"});
  const bool is_liked = composer.text_of(person, "trait").empty() ? false : composer.chance(0.6);
  composer.say(is_liked ? "portrait_friends" : composer.chance(0.5) ? "portrait_likes" : "portrait_habit", {&person});
}

// A place indoors or outdoors, and what belongs there.
void picture_of_place(Composer& composer) {
  const bool is_outdoors = composer.chance(0.5);
  const Entity place = composer.entity_fitting("place", is_outdoors ? "pictured" : "indoors");
  composer.say("place_open", {&place});
  Entity visitor = full_person(composer), other = full_person(composer, {visitor});
  composer.set_fitting(visitor, "activity", is_outdoors ? "seated" : "read");
  composer.set_fitting(visitor, "sight", is_outdoors ? "outdoors" : "indoors");
  composer.set_fitting(other, "activity", is_outdoors ? "heard" : "indoors");
  composer.set_fitting(other, "weather", "bad");
  const Entity flower = composer.entity_fitting("flower", composer.chance(0.5) ? "spring" : "summer");
  const Entity tree = composer.entity_fitting("tree", "shady");
  std::vector<int> views = {0, 1, 2, 3, 4};
  composer.shuffle(views);
  for (const int view : views) {
    Entity thing = full_thing(composer, {}, "dear");
    set_spot(composer, thing, is_outdoors ? "outdoors" : "indoors");
    switch (view) {
      case 0:
        is_outdoors && composer.chance(0.5) ? composer.say("place_bench", {&other})
                                            : composer.say("place_thing", {&thing});
        break;
      case 1:
        composer.say("place_person", {&visitor});
        break;
      case 2:
        is_outdoors ? composer.say("place_nature", {&flower, &tree}) : composer.say("place_window", {&tree});
        break;
      case 3:
        composer.say(is_outdoors ? "place_air" : "place_air_indoors", {&other});
        break;
      default:
        composer.say(is_outdoors ? "place_sight" : "place_secret", {&visitor});
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
