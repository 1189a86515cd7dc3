// A letter from one person to another.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {

Document make_letter(Composer& composer) {
  const Entity reader = full_person(composer);
  Entity writer = full_person(composer, {reader});
  composer.set_fitting(writer, "country", "north");  // where the months have the weather of the tables
  Entity thing = full_thing(composer, {}, "dear");
  set_spot(composer, thing, "display");
  set_quality(composer, thing, "gift");
  composer.say("letter_dear", {&reader}).paragraph();
  if (composer.chance(0.5)) {
    composer.say("letter_thanks", {&writer, &thing});
  } else {
    composer.say("letter_open", {&writer});
  }
  if (composer.chance(0.5)) composer.say("letter_weather", {&writer});
  const Entity now = writer;
  for (size_t line = 2 + composer.below(2); line > 0; --line) {
    refresh(composer, writer);
    composer.set(writer, "pastime");
    composer.set_fitting(writer, "relative", "adult");
    composer.set_fitting(writer, "activity", "skill");
    composer.set_fitting(writer, "sight", "memorable");
    composer.set_fitting(writer, "place", composer.chance(0.5) ? "waterside" : "show");
    composer.say("letter_news", {&writer});
  }
  // What is asked and invited to is about another hobby and relative than the news.
  const std::string_view hobby = composer.text_of(writer, "pastime");
  do {
    composer.set(writer, "pastime");
  } while (composer.text_of(writer, "pastime") == hobby);
  composer.set_fitting(writer, "activity", "shared");
  composer.set_fitting(writer, "event", "social");
  while (composer.text_of(writer, "season") == composer.text_of(now, "season")) composer.set(writer, "season");
  composer.say("letter_ask", {&writer});
  if (composer.chance(0.5)) composer.say("letter_invite", {&writer});
  composer.paragraph();
  composer.say("letter_end", {&writer});
  Document document;
  document.text = composer.take();
  return document;
}

}  // namespace vitrine::data
