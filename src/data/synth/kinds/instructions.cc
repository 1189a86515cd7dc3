// How to look after a thing, step by step.
#include <utility>

#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {
namespace {

// Which care the things of a group need: the ending of the rules that tell of it.
constexpr std::pair<std::string_view, std::string_view> kCare[] = {{"toy", "tool"},
                                                                   {"instrument", "instrument"},
                                                                   {"garment", "garment"},
                                                                   {"tool", "tool"},
                                                                   {"dish", "dish"},
                                                                   {"container", "tool"},
                                                                   {"vehicle", "vehicle"},
                                                                   {"piece of furniture", "furniture"},
                                                                   {"thing for school", "keepsake"},
                                                                   {"device", "device"},
                                                                   {"thing for sport", "tool"},
                                                                   {"keepsake", "keepsake"}};

std::string care_of(Composer& composer, const Entity& thing) {
  for (const auto& [group, care] : kCare) {
    if (composer.text_of(thing, "group") == group) return std::string(care);
  }
  return {};
}

}  // namespace

Document make_instructions(Composer& composer) {
  Entity thing = full_thing(composer);
  while (care_of(composer, thing).empty() || composer.fits(thing, "thing", "carefree")) thing = full_thing(composer);
  const std::string care = care_of(composer, thing);
  composer.say("howto_open", {&thing}).say("howto_first_" + care, {&thing});
  for (size_t step = 2 + composer.below(2); step > 0; --step) composer.say("howto_then_" + care, {&thing});
  composer.say("howto_end", {&thing});
  Document document;
  document.text = composer.take();
  return document;
}

}  // namespace vitrine::data
