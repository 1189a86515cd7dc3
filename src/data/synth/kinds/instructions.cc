// How to look after a thing, step by step.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {

Document make_instructions(Composer& composer) {
  Entity person = full_person(composer);
  Entity thing = full_thing(composer);
  composer.say("howto_open", {&thing}).say("howto_first", {&thing});
  for (size_t step = 2 + composer.below(2); step > 0; --step) {
    composer.say("howto_step", {&person, &thing});
    refresh(composer, person);
    composer.set(person, "job");
  }
  composer.say("howto_end", {&thing});
  Document document;
  document.text = composer.take();
  return document;
}

}  // namespace vitrine::data
