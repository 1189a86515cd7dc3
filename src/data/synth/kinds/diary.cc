// A page of a child's diary, written at the end of a day.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {

Document make_diary(Composer& composer) {
  Entity writer = full_person(composer, {}, Age::kChild);
  Entity met = full_person(composer, {writer}, composer.chance(0.6) ? Age::kChild : Age::kAdult);
  Entity friend_ = full_person(composer, {writer, met}, Age::kChild);
  const std::string_view weekday = composer.text_of(writer, "weekday");
  const bool is_school_day = weekday != "Saturday" && weekday != "Sunday";
  while (composer.text_of(writer, "daytime") != "evening") composer.set(writer, "daytime");
  composer.set_fitting(writer, "place", composer.chance(0.5) ? "outdoors" : "indoors");
  composer.set_fitting(writer, "quality", "day");
  composer.say("diary_date", {&writer});
  Entity breakfast = writer;
  composer.set_fitting(breakfast, "meal", "breakfast");
  composer.set_fitting(breakfast, "activity", "skill");
  composer.say("diary_morning", {&breakfast});
  composer.set_fitting(writer, "pastime", "prize");
  composer.say(is_school_day ? "diary_school" : "diary_free", {&writer});
  composer.set_fitting(met, "activity", "skill");
  composer.set_fitting(met, "sight", "evening");
  composer.set_fitting(friend_, "sight", "evening");
  composer.set_fitting(friend_, "activity", "skill");
  composer.say("diary_meet", {&met});
  if (composer.chance(0.8)) {
    Entity thing = full_thing(composer, {}, "dear");
    set_spot(composer, thing);
    composer.chance(0.2) ? composer.say("diary_found", {&thing}) : composer.say("diary_thing", {&met, &thing});
  }
  if (composer.chance(0.6)) composer.say("diary_meet", {&friend_});
  composer.set_fitting(writer, "weather", composer.text_of(writer, "season"));
  composer.say("diary_end", {&writer});
  Document document;
  document.text = composer.take();
  return document;
}

}  // namespace vitrine::data
