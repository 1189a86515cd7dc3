// A recipe: vegetables with what goes with them, or fruit.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {

Document make_recipe(Composer& composer) {
  const bool is_sweet = composer.chance(0.5);
  const Entity food = composer.entity_fitting("food", is_sweet ? "stewed" : "cooked"), person = full_person(composer);
  const Entity meal = composer.entity_fitting("meal", is_sweet ? "fruit" : "vegetable");
  const Entity added = composer.entity_fitting("dishfood", is_sweet ? composer.text_of(meal, "meal") : "savoury");
  const Entity taste = composer.entity_fitting("dishfood", is_sweet ? "flavour" : "spice", {added});
  const Entity side = composer.entity_fitting("dishfood", is_sweet ? "topping" : "side", {added, taste});
  const Entity pieces = composer.number(composer.between(2, 12)), minutes = composer.number(composer.between(5, 20));
  composer.say("recipe_title", {&food, &meal}).say("recipe_need", {&pieces, &food, &added});
  composer.say("recipe_step_first", {&food}).say(is_sweet ? "recipe_sweet" : "recipe_savoury", {&added, &minutes});
  if (composer.chance(0.7)) composer.say(is_sweet ? "recipe_flavour" : "recipe_taste", {&taste});
  if (composer.chance(0.6)) composer.say("recipe_serve", {&side});
  composer.say("recipe_end", {&person});
  Document document;
  document.text = composer.take();
  return document;
}

}  // namespace vitrine::data
