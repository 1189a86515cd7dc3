// A recipe.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {

Document make_recipe(Composer& composer) {
  const Entity food = composer.entity_in_group("food", composer.chance(0.5) ? "fruit" : "vegetable"),
               person = full_person(composer);
  const std::vector<Entity> dishes = composer.entities("dishfood", 2);
  const Entity meal = composer.entity("meal");
  const Entity pieces = composer.number(composer.between(2, 12)), minutes = composer.number(composer.between(2, 20));
  composer.say("recipe_title", {&food, &meal}).say("recipe_need", {&pieces, &food, &dishes[0]});
  composer.say("recipe_step_first", {&food}).say("recipe_step_mix", {&dishes[0], &minutes});
  if (composer.chance(0.7)) composer.say("recipe_step_taste", {&dishes[1]});
  composer.say("recipe_end", {&person});
  Document document;
  document.text = composer.take();
  return document;
}

}  // namespace vitrine::data
