// What the world's words mean: animals, trades, things, food and plants, told or asked for.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"
#include "data/synth/kinds/chat.h"

namespace vitrine::data {
namespace {

Entity job_entity(Composer& composer) {
  for (;;) {
    Entity job = composer.entity("job");
    composer.set_fitting(job, "trait", "work");
    composer.relate(job, "tool", "job");
    if (composer.relate(job, "work", "job")) return job;
  }
}

// An animal of which at least two things are known.
Entity known_animal(Composer& composer) {
  for (;;) {
    Entity animal = full_animal(composer);
    int known = 0;
    for (const char* relation : {"sound", "habitat", "diet", "feature"}) {
      known += animal.words[composer.lexicon().class_id(relation)] != kNoWord;
    }
    if (known >= 2) return animal;
  }
}

bool has(Composer& composer, const Entity& entity, std::string_view word_class) {
  return entity.words[composer.lexicon().class_id(word_class)] != kNoWord;
}

void about_animal(Composer& composer) {
  const Entity animal = known_animal(composer), person = full_person(composer);
  composer.say("know_animal", {&animal});
  std::vector<std::string_view> relations = {"habitat", "diet", "sound", "feature"};
  composer.shuffle(relations);
  for (const std::string_view relation : relations) {
    if (has(composer, animal, relation)) composer.say("know_" + std::string(relation), {&animal});
  }
  if (composer.chance(0.5)) composer.say("know_child", {&animal, &person});
}

void about_job(Composer& composer) {
  const Entity job = job_entity(composer);
  Entity person = full_person(composer);
  composer.say("know_job", {&person, &job});
  if (has(composer, job, "tool")) composer.say("know_job_tool", {&job});
  composer.say("know_job_trait", {&job});
}

void about_thing(Composer& composer) {
  Entity thing = full_thing(composer);
  set_material(composer, thing);
  composer.say("know_thing", {&thing});
  if (has(composer, thing, "use")) composer.say("know_use", {&thing});
  composer.say("know_thing_made", {&thing});
}

void about_growing(Composer& composer) {
  Entity food = composer.entity("food"), tree = composer.entity("tree"), flower = composer.entity("flower");
  set_group(composer, food);
  composer.set_fitting(food, "taste", composer.text_of(food, "food"));
  composer.set_fitting(tree, "season", composer.text_of(tree, "tree"));
  composer.set_fitting(flower, "season", composer.text_of(flower, "flower"));
  composer.set_fitting(flower, "colour", composer.text_of(flower, "flower"));
  switch (composer.below(3)) {
    case 0:
      composer.say("know_food", {&food}).say("know_food_more", {&food});
      break;
    case 1:
      composer.say("know_plant", {&tree}).say("know_plant", {&tree});
      break;
    default:
      composer.say("know_flower", {&flower}).say("know_flower", {&flower});
      break;
  }
}

void chat_about_animal(Composer& composer, ChatWriter& chat) {
  const Entity animal = known_animal(composer);
  chat.user("ask_know_animal", {&animal});
  composer.say("know_animal", {&animal});
  if (has(composer, animal, "feature")) composer.say("know_feature", {&animal});
  chat.end_turn(Role::kAssistant);
  if (has(composer, animal, "habitat")) chat.user("ask_habitat", {&animal}).assistant("know_habitat", {&animal});
  if (has(composer, animal, "diet")) chat.user("ask_diet", {&animal}).assistant("know_diet", {&animal});
  if (has(composer, animal, "sound")) chat.user("ask_sound", {&animal}).assistant("say_sound", {&animal});
}

void chat_about_job(Composer& composer, ChatWriter& chat) {
  const Entity job = job_entity(composer);
  chat.user("ask_know_job", {&job}).assistant("say_job", {&job});
  if (has(composer, job, "tool")) chat.user("ask_job_tool", {&job}).assistant("know_job_tool", {&job});
}

void chat_about_thing(Composer& composer, ChatWriter& chat) {
  Entity thing = full_thing(composer);
  while (!has(composer, thing, "use")) thing = full_thing(composer);
  if (composer.chance(0.5)) {
    chat.user("ask_need", {&thing}).assistant("say_need", {&thing});
  } else {
    chat.user("ask_know_thing", {&thing});
    composer.say("know_thing", {&thing}).say("know_use", {&thing});
    chat.end_turn(Role::kAssistant);
  }
}

}  // namespace

Document make_knowledge(Composer& composer) {
  for (size_t part = 2 + composer.below(2); part > 0; --part) {
    switch (composer.below(4)) {
      case 0:
        about_job(composer);
        break;
      case 1:
        about_thing(composer);
        break;
      case 2:
        about_growing(composer);
        break;
      default:
        about_animal(composer);
        break;
    }
    if (part > 1) composer.paragraph();
  }
  Document document;
  document.text = composer.take();
  return document;
}

Document make_knowledge_chat(Composer& composer) {
  ChatWriter chat(composer);
  if (composer.chance(0.3)) chat.user("user_hello").assistant("bot_hello");
  for (size_t part = 1 + composer.below(3); part > 0; --part) {
    switch (composer.below(3)) {
      case 0:
        chat_about_job(composer, chat);
        break;
      case 1:
        chat_about_thing(composer, chat);
        break;
      default:
        chat_about_animal(composer, chat);
        break;
    }
  }
  if (composer.chance(0.3)) chat.user("user_thanks").assistant("bot_thanks");
  return chat.finish();
}

}  // namespace vitrine::data
