// Units are converted through a call of the calculator.
#include <fmt/format.h>

#include "data/synth/calculator.h"
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"
#include "data/synth/kinds/chat.h"

namespace vitrine::data {
namespace {

struct UnitPair {
  const char* large;
  const char* small;
  const char* large_symbol;
  const char* small_symbol;
  const char* told;   ///< the rule that tells of an amount in the larger unit
  int64_t most_told;  ///< the largest amount that is believed
};

constexpr UnitPair kPairs[] = {{"kilometre", "metre", "km", "m", "unit_way", 30},
                               {"metre", "centimetre", "m", "cm", "unit_length", 60},
                               {"centimetre", "millimetre", "cm", "mm", "unit_length", 60},
                               {"tonne", "kilogram", "t", "kg", "unit_load", 20},
                               {"kilogram", "gram", "kg", "g", "unit_mass", 30},
                               {"litre", "millilitre", "l", "ml", "unit_volume", 40},
                               {"day", "hour", "d", "h", "unit_time", 30},
                               {"hour", "minute", "h", "min", "unit_time", 24},
                               {"minute", "second", "min", "s", "unit_time", 60}};

Entity unit(Composer& composer, const char* name) {
  const ClassId id = composer.lexicon().class_id("unit");
  return Entity(id, composer.lexicon().find(id, name));
}

// The number before the unit in what the calculator returned.
int64_t amount_of(const std::string& result) { return std::stoll(result); }

}  // namespace

Document make_unit_chat(Composer& composer) {
  ChatWriter chat(composer);
  for (size_t turn = 2 + composer.below(3); turn > 0; --turn) {
    const UnitPair& pair = kPairs[composer.below(std::size(kPairs))];
    const Entity large = unit(composer, pair.large), small = unit(composer, pair.small);
    const int64_t count = composer.between(2, 60);
    const bool is_down = composer.chance(0.7);
    const int64_t in_small =
        amount_of(calculator_result(fmt::format("{} {} to {}", count, pair.large_symbol, pair.small_symbol)));
    const Entity coarse = composer.integer(count), fine = composer.integer(in_small);
    if (!is_down) {
      chat.user("unit_asks", {&fine, &small, &large});
      chat.calculate(fmt::format("{} {} to {}", in_small, pair.small_symbol, pair.large_symbol));
      chat.assistant("unit_answer", {&fine, &small, &coarse, &large});
      continue;
    }
    if (count <= pair.most_told && composer.chance(0.5)) {
      const Entity person = composer.entity("name");
      composer.say(pair.told, {&person, &coarse, &large});
      chat.user("unit_wonders", {&person, &small});
    } else {
      chat.user("unit_asks", {&coarse, &large, &small});
    }
    chat.calculate(fmt::format("{} {} to {}", count, pair.large_symbol, pair.small_symbol));
    chat.assistant("unit_answer", {&coarse, &large, &fine, &small});
  }
  return chat.finish();
}

}  // namespace vitrine::data
