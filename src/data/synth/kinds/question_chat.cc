// A situation is told, then asked about turn by turn; now and then something happens in between.
#include "data/synth/kinds/catalog.h"
#include "data/synth/kinds/chat.h"
#include "data/synth/kinds/chat_parts.h"
#include "data/synth/situation.h"

namespace vitrine::data {
namespace {

// Now and then the facts are asked for again, all of them or those of one of whom they tell.
void ask_to_retell(Composer& composer, ChatWriter& chat, const Situation& situation) {
  if (composer.chance(0.08)) {
    composer.say("ask_again", {});
    chat.end_turn(Role::kUser);
    situation.retell();
    chat.end_turn(Role::kAssistant);
  }
  const auto ask_about = [&](const char* rule, const Entity& entity) {
    if (!composer.chance(0.06)) return;
    composer.say(rule, {&entity});
    chat.end_turn(Role::kUser);
    situation.retell(entity);
    chat.end_turn(Role::kAssistant);
  };
  for (const Entity& person : situation.people()) ask_about("ask_about_person", person);
  for (const Entity& thing : situation.things()) ask_about("ask_about_thing", thing);
}

}  // namespace

void ask_about_situation(Composer& composer, ChatWriter& chat, size_t num_questions) {
  Situation situation(composer, Split::kTraining);
  situation.tell();
  if (!composer.chance(0.15) || !situation.happen()) ask_to_retell(composer, chat, situation);
  if (composer.chance(0.1) && !composer.is_empty()) chat.end_turn(Role::kUser).assistant("bot_listens");
  std::vector<Question> open = situation.questions();
  composer.shuffle(open);
  while (num_questions-- > 0 && !open.empty()) {
    const Question question = open.back();
    open.pop_back();
    question.ask(composer);
    chat.end_turn(Role::kUser);
    question.answer(composer);
    chat.end_turn(Role::kAssistant);
    if (num_questions > 1 && composer.chance(0.12) && situation.happen()) {
      open = situation.questions();
      composer.shuffle(open);
    }
  }
}

Document make_question_chat(Composer& composer) {
  ChatWriter chat(composer);
  ask_about_situation(composer, chat, 4 + composer.below(5));
  return chat.finish();
}

}  // namespace vitrine::data
