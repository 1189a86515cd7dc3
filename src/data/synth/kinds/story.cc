#include "data/synth/kinds/story.h"

#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"
#include "data/synth/kinds/chat.h"
#include "data/synth/kinds/chat_parts.h"
#include "data/synth/kinds/tale.h"

namespace vitrine::data {
namespace {

// Looks of any kind at the small level, such as the animal or thing has at the full one.
void describe(Composer& composer, Entity& entity) {
  const bool is_animal = entity.word_class == composer.lexicon().class_id("animal");
  composer.set(entity, "colour");
  composer.set(entity, "size");
  if (is_animal) set_animal_colour(composer, entity);
  if (!composer.is_full()) return;
  composer.set_fitting(entity, "size", is_animal ? "creature" : bulk(composer, entity));
}

void set_child(Composer& composer, Entity& person) {
  for (const char* word_class : {"child", "place", "weather", "feeling", "activity", "spot"}) {
    composer.set(person, word_class);
  }
  if (!composer.is_full()) return;
  for (const auto& [word_class, key] : {std::pair{"place", "outdoors"}, {"activity", "child"}, {"spot", "indoors"}}) {
    composer.set_fitting(person, word_class, key);
  }
}

WordId word(Composer& composer, const char* word_class, const char* text) {
  return composer.lexicon().find(composer.lexicon().class_id(word_class), text);
}

void feel(Composer& composer, Entity& person, const char* feeling) {
  person.words[composer.lexicon().class_id("feeling")] = word(composer, "feeling", feeling);
  composer.say("story_feels", {&person});
}

// At the small level all animals come home with a child but the fish.
Entity small_pet(Composer& composer) {
  const ClassId animal = composer.lexicon().class_id("animal");
  return composer.entity("animal", {Entity(animal, word(composer, "animal", "fish"))});
}

void lose_and_find(Composer& composer, Entity& person, Entity& thing, Entity& friend_) {
  composer.say("lost_thing", {&person, &thing});
  feel(composer, person, "sad");
  composer.is_full() ? set_spot(composer, thing) : composer.set(thing, "spot");
  const ClassId spot = composer.lexicon().class_id("spot");
  while (person.words[spot] == thing.words[spot]) {
    composer.is_full() ? composer.set_fitting(person, "spot", "indoors") : composer.set(person, "spot");
  }
  if (composer.chance(0.6)) composer.say("lost_looks", {&person});
  if (composer.chance(0.7)) {
    composer.say("story_meets", {&person, &friend_});
    composer.quote("ask_where_mine", {&thing}).tail("tail_asks", {&person});
    composer.quote("say_spot", {&thing}).tail("tail_says", {&friend_});
    composer.say("lost_finds", {&person, &thing});
    composer.quote("say_thanks", {&friend_}).tail("tail_says", {&person});
  } else {
    composer.say("lost_helps", {&person, &friend_});
    composer.say("lost_finds", {&person, &thing});
  }
  feel(composer, person, "happy");
}

void give_away(Composer& composer, Entity& person, Entity& thing, Entity& friend_) {
  composer.say("story_meets", {&person, &friend_});
  composer.quote("say_hello", {&person}).tail("tail_says", {&friend_});
  if (composer.chance(0.5)) {
    composer.quote("say_what", {&person}).tail("tail_asks", {&friend_});
    composer.quote("say_have", {&thing}).tail("tail_says", {&person});
  }
  if (composer.chance(0.5)) {
    composer.quote("say_give_back", {&thing}).tail("tail_says", {&friend_});
  } else {
    composer.quote("say_want", {&thing}).tail("tail_asks", {&person});
    composer.quote("say_yes", {&person}).tail("tail_says", {&friend_});
  }
  composer.say("story_gift", {&person, &thing, &friend_});
  composer.say("story_owner_now", {&friend_, &thing});
  feel(composer, friend_, "happy");
}

}  // namespace

void tell_thing_story(Composer& composer, Entity person, Entity thing) {
  set_child(composer, person);
  describe(composer, thing);
  Entity friend_ = composer.entity("name", {person});
  set_child(composer, friend_);
  composer.say("story_child", {&person});
  composer.say("story_owns", {&person, &thing});
  if (composer.chance(0.7)) composer.say("story_loves", {&person, &thing});
  composer.say("story_day", {&person});
  if (composer.chance(0.5)) {
    lose_and_find(composer, person, thing, friend_);
  } else {
    give_away(composer, person, thing, friend_);
  }
  if (composer.chance(0.6)) {
    composer.say("story_plays", {&person, &friend_});
    composer.say("story_end_two", {&person, &friend_});
  } else {
    composer.say("story_home", {&person});
  }
}

void tell_pet_story(Composer& composer, Entity person, Entity animal) {
  set_child(composer, person);
  describe(composer, animal);
  composer.set(animal, "feeling");
  set_pet_spot(composer, animal);
  const Entity food = composer.is_full() ? composer.entity_fitting("food", "pet") : composer.entity("food");
  composer.say("story_child", {&person});
  composer.say("story_day", {&person});
  composer.say("pet_sees", {&person, &animal});
  animal.words[composer.lexicon().class_id("feeling")] = word(composer, "feeling", "hungry");
  composer.say("pet_is", {&animal});
  composer.say("pet_helps", {&person, &animal, &food});
  composer.say("pet_eats", {&animal, &food});
  if (composer.chance(0.7)) composer.say("pet_friend", {&person, &animal});
  composer.say("pet_goes_home", {&person, &animal});
  if (composer.chance(0.8)) composer.say("pet_sleeps", {&animal});
  feel(composer, person, composer.chance(0.5) ? "happy" : "glad");
}

void tell_animal_story(Composer& composer, Entity animal) {
  Entity other = composer.is_full() ? composer.entity_fitting("animal", "playful", {animal})
                                    : composer.entity("animal", {animal});
  for (Entity* each : {&animal, &other}) {
    describe(composer, *each);
    composer.set(*each, "feeling");
    composer.set_fitting(*each, "place", "outdoors");
    composer.set_fitting(*each, "activity", "animal");
  }
  composer.say("animal_story", {&animal});
  if (composer.chance(0.7)) composer.say("animal_home", {&animal});
  composer.say("animal_day", {&animal});
  composer.say("animals_meet", {&animal, &other});
  composer.quote("animals_say", {&other}).tail("tail_animal", {&other});
  if (composer.chance(0.5)) composer.quote("say_play_animal", {&other}).tail("tail_animal", {&animal});
  composer.say("animals_play", {&animal, &other});
  composer.say("animals_end", {&animal, &other});
}

void tell_food_story(Composer& composer, Entity person, Entity food) {
  set_child(composer, person);
  Entity friend_ = composer.entity("name", {person});
  set_child(composer, friend_);
  const int64_t count = composer.between(3, 10), given = composer.between(1, count - 1);
  const Entity all = composer.number(count), some = composer.number(given), left = composer.number(count - given);
  composer.say("story_child", {&person});
  composer.say("story_day", {&person});
  composer.say("food_has", {&person, &all, &food});
  composer.say("story_meets", {&person, &friend_});
  composer.say("food_none", {&friend_, &food});
  composer.quote("say_hungry", {&person}).tail("tail_says", {&friend_});
  composer.say("food_gives", {&person, &some, &food, &friend_});
  composer.say("food_left", {&person, &left, &food}).say("food_left", {&friend_, &some, &food});
  if (composer.chance(0.6)) composer.quote("say_thanks", {&person}).tail("tail_says", {&friend_});
  if (composer.chance(0.5)) composer.say("food_eats", {&friend_, &food});
  composer.say("story_end_two", {&person, &friend_});
}

Document make_story(Composer& composer) {
  Document document;
  if (composer.is_full()) {
    tell_tale(composer, plan_tale(composer));
    document.text = composer.take();
    return document;
  }
  switch (composer.below(4)) {
    case 0:
      tell_pet_story(composer, composer.entity("name"), small_pet(composer));
      break;
    case 1:
      tell_animal_story(composer, composer.entity("animal"));
      break;
    case 2:
      tell_food_story(composer, composer.entity("name"), composer.entity("food"));
      break;
    default:
      tell_thing_story(composer, composer.entity("name"), composer.entity("thing"));
      break;
  }
  document.text = composer.take();
  return document;
}

namespace {

void asked_tale(Composer& composer, ChatWriter& chat) {
  const TaleWish wish = composer.chance(0.6) ? TaleWish::kJob : TaleWish::kLesson;
  TalePlan plan = plan_tale(composer, wish);
  chat.user(wish == TaleWish::kJob ? "ask_story_job_of" : "ask_story_lesson", {&plan.hero});
  tell_tale(composer, std::move(plan), wish);
  chat.end_turn(Role::kAssistant);
  if (composer.chance(0.3)) {
    chat.user("user_story_mood").assistant("bot_story_mood");
  } else if (composer.chance(0.1)) {
    chat.user("user_story_more").assistant("bot_story_more");
  }
}

}  // namespace

void ask_for_story(Composer& composer, ChatWriter& chat) {
  const bool is_full = composer.is_full();
  if (is_full && composer.chance(0.85)) return asked_tale(composer, chat);
  const Entity person = composer.entity("name");
  const Entity animal = is_full ? composer.entity_fitting("animal", "playful") : composer.entity("animal");
  const Entity pet = is_full ? composer.entity_fitting("animal", "house") : small_pet(composer);
  const Entity thing = is_full ? composer.entity_fitting("thing", "plaything") : composer.entity("thing");
  switch (composer.below(4)) {
    case 0:
      chat.user("ask_story_pet", {&person, &pet});
      tell_pet_story(composer, person, pet);
      break;
    case 1:
      chat.user("ask_story_animal", {&animal});
      tell_animal_story(composer, animal);
      break;
    case 2:
      chat.user("ask_story_person", {&person, &thing});
      tell_thing_story(composer, person, thing);
      break;
    default:
      chat.user("ask_story");
      composer.chance(0.5) ? tell_animal_story(composer, animal) : tell_thing_story(composer, person, thing);
      break;
  }
  chat.end_turn(Role::kAssistant);
  if (composer.chance(0.3)) chat.user("user_thanks").assistant("bot_thanks");
}

Document make_story_chat(Composer& composer) {
  ChatWriter chat(composer);
  ask_for_story(composer, chat);
  return chat.finish();
}

}  // namespace vitrine::data
