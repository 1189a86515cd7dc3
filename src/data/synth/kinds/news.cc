// A report from the newspaper of a small town: something lost and found again, or an event and who was praised there.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {
namespace {

void lost_and_found(Composer& composer, Entity& owner, const Entity& finder) {
  Entity thing = full_thing(composer, {}, "dear");
  set_spot(composer, thing, "outdoors");
  composer.set_fitting(owner, "speak", "report");
  composer.set_fitting(owner, "place", "public");
  composer.say("news_excitement", {&owner}).say("news_theft", {&owner, &thing}).say("news_found", {&finder, &thing});
  composer.quote("news_quote_found", {&owner}).tail("tail_said", {&owner});
}

void event(Composer& composer, Entity& winner, Entity& other) {
  composer.set_fitting(winner, "speak", "report");
  const bool has_prize = composer.chance(0.6);
  composer.set_fitting(winner, "event", has_prize ? "sporting" : "news");
  composer.set_fitting(winner, "place", composer.text_of(winner, "event"));
  composer.set_fitting(winner, "pastime", "prize");
  composer.set_fitting(winner, "trait", "good");
  const bool is_bad = composer.fits(winner, "weather", "bad");
  composer.say(is_bad && composer.chance(0.5) ? "news_event_bad" : "news_event", {&winner});
  composer.say(has_prize ? "news_prize" : "news_thanks", {&winner});
  composer.quote("news_quote", {&winner}).tail("tail_said", {&winner});
  for (size_t line = 1 + composer.below(2); line > 0; --line) {
    composer.set_fitting(other, "subject", "talk");
    composer.set_fitting(other, "sight", "festive");
    composer.say("news_more", {&other});
    refresh(composer, other);
  }
}

}  // namespace

Document make_news(Composer& composer) {
  Entity person = full_person(composer);
  Entity other = full_person(composer, {person}, Age::kAdult);
  if (composer.chance(0.45)) {
    const Entity finder = full_person(composer, {person}, composer.chance(0.5) ? Age::kChild : Age::kAdult);
    lost_and_found(composer, person, finder);
  } else {
    event(composer, person, other);
  }
  // The day before is over, so its weekday is not the one that is forecast.
  if (composer.chance(0.6)) {
    Entity forecast = person;
    composer.set_fitting(forecast, "weather", composer.text_of(person, "season"));
    while (composer.text_of(forecast, "weekday") == composer.text_of(person, "weekday")) {
      composer.set(forecast, "weekday");
    }
    composer.say("news_weather", {&forecast});
  }
  Document document;
  document.text = composer.take();
  return document;
}

}  // namespace vitrine::data
