// A situation is told, then asked about turn by turn; now and then something happens in between.
#include "data/synth/kinds/catalog.h"
#include "data/synth/kinds/chat.h"
#include "data/synth/situation.h"

namespace vitrine::data {
Document make_question_chat(Composer& composer) {
  ChatWriter chat(composer);
  Situation situation(composer, Split::kTraining);
  situation.tell();
  if (composer.chance(0.15)) situation.happen();
  if (composer.chance(0.1)) {
    chat.end_turn(Role::kUser).assistant("bot_listens");
  }
  size_t num_turns = 4 + composer.below(5);
  std::vector<Question> open = situation.questions();
  composer.shuffle(open);
  while (num_turns-- > 0 && !open.empty()) {
    const Question question = open.back();
    open.pop_back();
    question.ask(composer);
    chat.end_turn(Role::kUser);
    question.answer(composer);
    chat.end_turn(Role::kAssistant);
    if (num_turns > 1 && composer.chance(0.12) && situation.happen()) {
      open = situation.questions();
      composer.shuffle(open);
    }
  }
  return chat.finish();
}

}  // namespace vitrine::data
