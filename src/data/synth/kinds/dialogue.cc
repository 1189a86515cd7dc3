// Two people talk, a line each.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {

Document make_dialogue(Composer& composer) {
  Entity first = full_person(composer), second = full_person(composer, {first});
  const Entity thing = full_thing(composer);
  bool is_first = true;
  const auto line = [&](std::string_view rule, std::initializer_list<const Entity*> args) {
    composer.say("speaker", {is_first ? &first : &second}).say(rule, args).paragraph();
    is_first = !is_first;
  };
  std::vector<std::string_view> topics = {"news", "plan", "join", "help", "hobby"};
  composer.shuffle(topics);
  line("chat_hello", {&second});
  line("chat_answer", {&second});
  for (size_t turn = 1 + composer.below(3); turn > 0; --turn) {
    refresh(composer, first);
    refresh(composer, second);
    composer.set(second, {"pastime", "relative"});
    const std::string topic(topics[turn]);
    line("chat_ask_" + topic, {&first});
    line("chat_reply_" + topic, {&second});
  }
  if (composer.chance(0.6)) {
    const bool is_lost = composer.chance(0.5);
    line(is_lost ? "chat_lost" : "chat_new", {&first, &thing});
    line(is_lost ? "chat_lost_reply" : "chat_new_reply", {&second, &thing});
  }
  line("chat_bye", {&second});
  line("chat_bye_answer", {&first});
  Document document;
  document.text = composer.take();
  document.text.pop_back();
  return document;
}

}  // namespace vitrine::data
