// Two people talk, a line each; every question has its own answers.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {
namespace {

// Draws anew what a person says of the next topic; the second speaker's hobby is another one than the first's.
void next_topic(Composer& composer, Entity& first, Entity& second) {
  for (Entity* person : {&first, &second}) {
    refresh(composer, *person);
    composer.set_fitting(*person, "activity", "shared");
    composer.set_fitting(*person, "sight", "memorable");
    composer.set_fitting(*person, "event", "social");
    composer.set_fitting(*person, "place", "appointment");
  }
  composer.set_fitting(second, "relative", "adult");
  do {
    composer.set(second, "pastime");
  } while (composer.text_of(second, "pastime") == composer.text_of(first, "pastime"));
  composer.set_fitting(second, "place", composer.text_of(second, "event"));
}

}  // namespace

Document make_dialogue(Composer& composer) {
  Entity first = full_person(composer), second = full_person(composer, {first});
  Entity thing = full_thing(composer, {}, "dear");
  set_quality(composer, thing, "gift");
  bool is_first = true;
  const auto line = [&](std::string_view rule, std::initializer_list<const Entity*> args) {
    composer.say("speaker", {is_first ? &first : &second}).say(rule, args).paragraph();
    is_first = !is_first;
  };
  std::vector<std::string_view> topics = {"news", "plan", "join", "help", "who", "hobby"};
  composer.shuffle(topics);
  composer.set_fitting(second, "place", "indoors");
  const std::string greeting = composer.chance(0.5) ? "how" : "where";
  line("chat_hello_" + greeting, {&second});
  line("chat_answer_" + greeting, {&second});
  for (size_t turn = 1 + composer.below(3); turn > 0; --turn) {
    next_topic(composer, first, second);
    const std::string topic(topics[turn]);
    line("chat_ask_" + topic, {&first});
    line("chat_reply_" + topic, {&second});
  }
  if (composer.chance(0.6)) {
    const bool is_lost = composer.chance(0.5);
    line(is_lost ? "chat_lost" : "chat_new", {&first, &thing});
    line(is_lost ? "chat_lost_reply" : "chat_new_reply", {&second, &thing});
  }
  composer.set_fitting(second, "place", "appointment");
  line("chat_bye", {&second});
  line("chat_bye_answer", {&first});
  Document document;
  document.text = composer.take();
  document.text.pop_back();
  return document;
}

}  // namespace vitrine::data
