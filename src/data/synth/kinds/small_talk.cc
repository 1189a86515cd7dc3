// Greetings, questions about the assistant, thanks and goodbyes.
#include "data/synth/kinds/catalog.h"
#include "data/synth/kinds/chat.h"

namespace vitrine::data {

Document make_small_talk(Composer& composer) {
  ChatWriter chat(composer);
  const Entity person = composer.entity("name");
  const bool is_named = composer.chance(0.5);
  bool is_greeted_with_question = false;
  if (is_named) {
    chat.user("user_hello_name", {&person}).assistant("bot_hello_name", {&person});
  } else if (composer.chance(0.8)) {
    composer.say("user_hello", {});
    is_greeted_with_question = composer.is_full() && composer.text().ends_with("how are you?");
    chat.end_turn(Role::kUser).assistant(is_greeted_with_question ? "bot_well" : "bot_hello");
  }
  if (composer.chance(0.5) && !is_greeted_with_question) {
    chat.user("user_how_are_you");
    composer.say("bot_how_are_you", {});
    // The small level, on which figures were measured, leaves the assistant's question open now and then.
    const bool is_asked = composer.is_full() && composer.text().ends_with("How are you?");
    chat.end_turn(Role::kAssistant);
    if (is_asked) chat.user("user_fine").assistant("bot_fine");
  }
  if (composer.chance(0.6)) chat.user("user_name").assistant("bot_name");
  if (composer.chance(0.5)) chat.user("user_can").assistant("bot_can");
  if (is_named && composer.chance(0.7)) chat.user("user_my_name").assistant("bot_my_name", {&person});
  if (composer.chance(0.5)) chat.user("user_thanks").assistant("bot_thanks");
  if (is_named && composer.chance(0.5)) {
    chat.user("user_bye").assistant("bot_bye_name", {&person});
  } else {
    chat.user("user_bye").assistant("bot_bye");
  }
  return chat.finish();
}

}  // namespace vitrine::data
