// A letter from one person to another.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {

Document make_letter(Composer& composer) {
  const Entity reader = full_person(composer);
  Entity writer = full_person(composer, {reader});
  const Entity thing = full_thing(composer);
  composer.say("letter_dear", {&reader}).paragraph();
  if (composer.chance(0.6)) composer.say("letter_thanks", {&writer, &thing});
  for (size_t line = 3 + composer.below(2); line > 0; --line) {
    composer.say("letter_news", {&writer});
    refresh(composer, writer);
    composer.set(writer, {"pastime", "relative"});
  }
  composer.say("letter_ask", {&writer});
  if (composer.chance(0.5)) composer.say("letter_invite", {&writer});
  composer.paragraph();
  composer.say("letter_end", {&writer});
  Document document;
  document.text = composer.take();
  return document;
}

}  // namespace vitrine::data
