// A chat as people have them: a greeting, then one thing after another.
#include "data/synth/kinds/catalog.h"
#include "data/synth/kinds/chat.h"
#include "data/synth/kinds/chat_parts.h"

namespace vitrine::data {
namespace {

void greet(Composer& composer, ChatWriter& chat) {
  if (composer.chance(0.3)) {
    const Entity person = composer.entity("name");
    chat.user("user_hello_name", {&person}).assistant("bot_hello_name", {&person});
  } else {
    chat.user("user_hello").assistant("bot_hello");
  }
  if (composer.chance(0.2)) chat.user("user_can").assistant("bot_can");
}

}  // namespace

Document make_mixed_chat(Composer& composer) {
  ChatWriter chat(composer);
  if (composer.chance(0.7)) greet(composer, chat);
  const size_t last = composer.below(3);
  for (size_t part = 1 + composer.below(2); part-- > 0;) {
    switch ((last + part) % 3) {
      case 0:
        ask_for_story(composer, chat);
        break;
      case 1:
        ask_for_sum(composer, chat);
        break;
      default:
        ask_about_situation(composer, chat, 1 + composer.below(2));
        break;
    }
  }
  if (composer.chance(0.2)) chat.user("user_bye").assistant("bot_bye");
  return chat.finish();
}

}  // namespace vitrine::data
