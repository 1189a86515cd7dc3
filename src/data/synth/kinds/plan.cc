// Somebody's plan for the week, day by day.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {

Document make_plan(Composer& composer) {
  Entity person = full_person(composer);
  composer.say("plan_open", {&person});
  const ClassId weekday = composer.lexicon().class_id("weekday");
  const auto days = composer.lexicon().words_of(weekday);
  // The days come in their order, some are left out, Sunday is free.
  for (size_t day = 0; day + 1 < days.size(); ++day) {
    if (composer.chance(0.3)) continue;
    refresh(composer, person);
    composer.set(person, "pastime");
    composer.set_fitting(person, "relative", "adult");
    composer.set_fitting(person, "activity", "plan");
    composer.set_fitting(person, "place", composer.chance(0.5) ? "indoors" : "outdoors");
    person.words[weekday] = days[day];
    composer.say("plan_day", {&person});
  }
  composer.set_fitting(person, "weather", "bad");
  composer.say("plan_end", {&person});
  Document document;
  document.text = composer.take();
  return document;
}

}  // namespace vitrine::data
