// Somebody says how they feel, and the assistant answers kindly.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"
#include "data/synth/kinds/chat.h"

namespace vitrine::data {

Document make_advice_chat(Composer& composer) {
  ChatWriter chat(composer);
  Entity person = full_person(composer);
  if (composer.chance(0.4)) {
    chat.user("user_mood_good", {&person}).assistant("bot_mood_good", {&person});
  } else {
    chat.user("user_mood", {&person}).assistant("bot_mood", {&person});
    composer.set(person, "advice");
    if (composer.chance(0.6)) chat.user("user_mood_more", {&person}).assistant("bot_mood_more", {&person});
    if (composer.chance(0.5)) chat.user("user_try").assistant("bot_try");
  }
  if (composer.chance(0.4)) chat.user("user_true").assistant("bot_true");
  return chat.finish();
}

}  // namespace vitrine::data
