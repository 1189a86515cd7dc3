// Riddles that the user asks and the assistant solves.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"
#include "data/synth/kinds/chat.h"

namespace vitrine::data {

Document make_riddle_chat(Composer& composer) {
  ChatWriter chat(composer);
  for (size_t round = 1 + composer.below(2); round > 0; --round) {
    if (composer.chance(0.4)) composer.say("riddle_intro", {});
    Entity thing = full_thing(composer), job = composer.entity("job");
    Entity animal = full_animal(composer);
    const ClassId feature = composer.lexicon().class_id("feature"), use = composer.lexicon().class_id("use");
    while (animal.words[feature] == kNoWord) animal = full_animal(composer);
    while (thing.words[use] == kNoWord) thing = full_thing(composer);
    while (!composer.relate(job, "tool", "job") || !composer.relate(job, "work", "job")) job = composer.entity("job");
    switch (composer.below(3)) {
      case 0:
        composer.say("riddle_animal", {&animal}).say("riddle_line", {&animal}).say("riddle_ask", {});
        chat.end_turn(Role::kUser).assistant("riddle_answer_animal", {&animal});
        break;
      case 1:
        composer.say("riddle_job", {&job}).say("riddle_ask", {});
        chat.end_turn(Role::kUser).assistant("riddle_answer_job", {&job});
        break;
      default:
        composer.say("riddle_thing", {&thing}).say("riddle_ask", {});
        chat.end_turn(Role::kUser).assistant("riddle_answer_thing", {&thing});
        break;
    }
    if (composer.chance(0.5)) composer.say("riddle_right", {});
    if (round == 1 && !composer.is_empty()) chat.end_turn(Role::kUser).assistant("bot_thanks");
  }
  return chat.finish();
}

}  // namespace vitrine::data
