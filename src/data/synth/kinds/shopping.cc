// A customer and a shopkeeper, with a bill that is right.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"

namespace vitrine::data {

Document make_shopping(Composer& composer) {
  const Entity customer = full_person(composer), keeper = full_person(composer, {customer});
  const Entity dish = composer.entity_fitting("dishfood", "shop");
  bool is_keeper = true;
  const auto line = [&](std::string_view rule, std::initializer_list<const Entity*> args) {
    composer.say("speaker", {is_keeper ? &keeper : &customer}).say(rule, args).paragraph();
    is_keeper = !is_keeper;
  };
  line("shop_greets", {&customer});
  int64_t total = 0;
  const std::vector<Entity> foods = composer.entities("food", 1 + composer.below(2));
  for (const Entity& food : foods) {
    const Entity count = composer.number(composer.between(2, 12)), price = composer.integer(composer.between(1, 9));
    line(total == 0 ? "shop_wants" : "shop_also", {&count, &food});
    line("shop_price", {&food, &price});
    total += count.value * price.value;
  }
  line("shop_agrees", {});
  if (composer.chance(0.5)) {
    line("shop_more", {&dish});
    line("shop_no", {&dish});
  }
  const Entity sum = composer.integer(total);
  line("shop_total", {&sum});
  line("shop_bye", {&customer});
  Document document;
  document.text = composer.take();
  document.text.pop_back();
  return document;
}

}  // namespace vitrine::data
