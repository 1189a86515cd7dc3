// A story that the user tells, and questions on it.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"
#include "data/synth/kinds/chat.h"
#include "data/synth/kinds/tale.h"

namespace vitrine::data {

Document make_story_questions(Composer& composer) {
  ChatWriter chat(composer);
  std::vector<Question> questions;
  while (questions.empty()) {
    composer.take();
    questions = tell_tale(composer, plan_tale(composer));
  }
  composer.paragraph();
  composer.shuffle(questions);
  for (const Question& question : questions) {
    question.ask(composer);
    chat.end_turn(Role::kUser);
    question.answer(composer);
    chat.end_turn(Role::kAssistant);
  }
  if (composer.chance(0.3)) chat.user("user_thanks").assistant("bot_thanks");
  return chat.finish();
}

}  // namespace vitrine::data
