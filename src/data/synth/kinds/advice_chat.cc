// Somebody says how they feel, and the assistant answers kindly.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"
#include "data/synth/kinds/chat.h"

namespace vitrine::data {
namespace {

// Asks and answers with a pair of rules: user_mood_task and bot_mood_task.
void exchange(ChatWriter& chat, const std::string& topic, std::initializer_list<const Entity*> args) {
  chat.user("user_" + topic, args).assistant("bot_" + topic, args);
}

// The assistant's questions are answered before anything else is said.
void good_mood(Composer& composer, ChatWriter& chat, Entity& person) {
  composer.set_fitting(person, "event", "strain");
  composer.set_fitting(person, "activity", "skill");
  // Who has given the reason is not asked for it.
  const std::string mood = composer.chance(0.5) ? "glad" : "mood_good";
  chat.user("user_" + mood, {&person});
  composer.say("bot_" + mood, {&person});
  const bool asks_why = composer.text().ends_with("What happened?"), asks_today = composer.text().ends_with("today?");
  chat.end_turn(Role::kAssistant);
  composer.set_fitting(person, "activity", "hobby");
  composer.set_fitting(person, "place", "outdoors");
  if (asks_why) exchange(chat, "mood_why", {&person});
  if (asks_today) exchange(chat, "mood_today", {&person});
}

}  // namespace

Document make_advice_chat(Composer& composer) {
  ChatWriter chat(composer);
  Entity person = full_person(composer);
  if (composer.chance(0.4)) {
    good_mood(composer, chat, person);
  } else {
    exchange(chat, "mood", {&person});
    composer.set_fitting(person, "advice", composer.text_of(person, "grief"));
    if (composer.chance(0.6)) exchange(chat, composer.chance(0.5) ? "mood_quarrel" : "mood_task", {&person});
    if (composer.chance(0.5)) exchange(chat, "try", {});
  }
  static constexpr const char* kAsked[] = {"ask_all", "ask_person", "ask_mistake"};
  if (composer.chance(0.4)) exchange(chat, kAsked[composer.below(3)], {});
  return chat.finish();
}

}  // namespace vitrine::data
