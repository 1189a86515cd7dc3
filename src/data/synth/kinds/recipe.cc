// A recipe: vegetables with what goes with them, or fruit.
#include <algorithm>
#include <string>

#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {
namespace {

/// What a meal cannot be cooked without: the name of its two rules, or nothing.
std::string_view essence_of(std::string_view meal) {
  if (meal == "rice pudding" || meal == "risotto") return "rice";
  for (const std::string_view name : {"curry", "goulash", "pasta"})
    if (meal == name) return name;
  return {};
}

/// As many people as such a meal feeds.
void set_eaters(Composer& composer, Entity& person, int64_t num_pieces) {
  const Entity eaters = composer.number(std::max<int64_t>(2, num_pieces / 2));
  const ClassId several = composer.lexicon().class_id("several");
  person.words[several] = composer.lexicon().find(several, composer.text_of(eaters, "number"));
}

}  // namespace

Document make_recipe(Composer& composer) {
  const bool is_sweet = composer.chance(0.5);
  const Entity food = composer.entity_fitting("food", is_sweet ? "stewed" : "cooked");
  Entity person = full_person(composer);
  const Entity meal = composer.entity_fitting("meal", is_sweet ? "fruit" : "vegetable");
  const Entity added = composer.entity_fitting("dishfood", is_sweet ? composer.text_of(meal, "meal") : "savoury");
  const Entity taste = composer.entity_fitting("dishfood", is_sweet ? "flavour" : "spice", {added});
  const Entity side = composer.entity_fitting("dishfood", is_sweet ? "topping" : "side", {added, taste});
  const int64_t num_pieces = composer.between(4, 12);
  const Entity pieces = composer.number(num_pieces);
  const Entity minutes = composer.number(is_sweet ? composer.between(3, 10) : composer.between(10, 20));
  const std::string essence(essence_of(composer.text_of(meal, "meal")));
  set_eaters(composer, person, num_pieces);
  composer.say("recipe_title", {&food, &meal}).say("recipe_need", {&pieces, &food, &added});
  if (!essence.empty()) composer.say("recipe_" + essence + "_need", {});
  composer.say("recipe_step_first", {&food}).say(is_sweet ? "recipe_sweet" : "recipe_savoury", {&added, &minutes});
  if (!essence.empty()) composer.say("recipe_" + essence + "_step", {});
  if (composer.chance(0.7)) composer.say(is_sweet ? "recipe_flavour" : "recipe_taste", {&taste});
  if (composer.chance(0.6)) composer.say("recipe_serve", {&side});
  composer.say("recipe_end", {&person});
  Document document;
  document.text = composer.take();
  return document;
}

}  // namespace vitrine::data
