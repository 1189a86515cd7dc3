// A page of a diary.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {

Document make_diary(Composer& composer) {
  const Entity writer = full_person(composer), met = full_person(composer, {writer});
  const Entity friend_ = full_person(composer, {writer, met}), thing = full_thing(composer);
  composer.say("diary_date", {&writer}).say("diary_morning", {&writer});
  if (composer.chance(0.8)) composer.say("diary_school", {&writer});
  composer.say("diary_meet", {&met});
  if (composer.chance(0.8)) composer.say("diary_thing", {&met, &thing});
  if (composer.chance(0.6)) composer.say("diary_meet", {&friend_});
  composer.say("diary_end", {&writer});
  Document document;
  document.text = composer.take();
  return document;
}

}  // namespace vitrine::data
