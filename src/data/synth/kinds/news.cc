// A report from the newspaper of a small town.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {

Document make_news(Composer& composer) {
  Entity person = full_person(composer), other = full_person(composer, {person});
  const Entity thing = full_thing(composer);
  composer.say("news_open", {&person});
  if (composer.chance(0.5)) {
    composer.say("news_theft", {&person, &thing}).say("news_found", {&other, &thing});
  } else {
    composer.say("news_prize", {&person});
  }
  composer.quote("news_quote", {&person}).tail("tail_said", {&person});
  composer.say("news_more", {&other});
  refresh(composer, other);
  if (composer.chance(0.6)) composer.say("news_more", {&other});
  if (composer.chance(0.6)) composer.say("news_weather", {&other});
  Document document;
  document.text = composer.take();
  return document;
}

}  // namespace vitrine::data
