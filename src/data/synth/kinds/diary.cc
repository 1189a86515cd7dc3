// A page of a diary.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {

Document make_diary(Composer& composer) {
  Document document;
  for (size_t day = 1 + composer.below(2); day > 0; --day) {
    Entity writer = full_person(composer), met = full_person(composer, {writer});
    const Entity thing = full_thing(composer);
    composer.say("diary_date", {&writer}).say("diary_morning", {&writer});
    if (composer.chance(0.7)) composer.say("diary_school", {&writer});
    composer.say("diary_meet", {&met});
    if (composer.chance(0.6)) composer.say("diary_thing", {&met, &thing});
    composer.say("diary_end", {&writer});
    if (composer.chance(0.4)) {
      refresh(composer, writer);
      composer.say("diary_end", {&writer});
    }
    if (day > 1) composer.paragraph();
  }
  document.text = composer.take();
  return document;
}

}  // namespace vitrine::data
