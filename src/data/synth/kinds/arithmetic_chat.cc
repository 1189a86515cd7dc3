// Sums and counting problems; the assistant calls the calculator and then says the result.
#include <fmt/format.h>

#include "data/synth/calculator.h"
#include "data/synth/kinds/catalog.h"
#include "data/synth/kinds/chat.h"

namespace vitrine::data {
namespace {

int64_t result_of(std::string_view expression) { return std::stoll(calculator_result(expression)); }

void plain_sum(Composer& composer, ChatWriter& chat) {
  static constexpr std::string_view kNames[] = {"plus", "minus", "times"};
  const size_t which = composer.below(3);
  int64_t x = composer.between(1, which == 2 ? 12 : 99), y = composer.between(1, which == 2 ? 12 : 99);
  if (which == 1 && y > x) std::swap(x, y);
  const std::string expression = fmt::format("{} {} {}", x, "+-*"[which], y);
  const Entity left = composer.integer(x), right = composer.integer(y), value = composer.integer(result_of(expression));
  chat.user("ask_" + std::string(kNames[which]), {&left, &right});
  chat.calculate(expression);
  chat.assistant("say_" + std::string(kNames[which]), {&left, &right, &value});
}

void counting_problem(Composer& composer, ChatWriter& chat) {
  const std::vector<Entity> people = composer.entities("name", 2);
  const Entity food = composer.entity("food");
  const bool is_loss = composer.chance(0.5);
  const int64_t x = composer.between(2, 60), y = composer.between(1, is_loss ? x - 1 : 60);
  const std::string expression = fmt::format("{} {} {}", x, is_loss ? '-' : '+', y);
  const Entity has = composer.integer(x), moved = composer.integer(y), left = composer.integer(result_of(expression));
  composer.say("sum_has", {&people[0], &has, &food});
  composer.say(is_loss ? "sum_loses" : "sum_gets", {&people[0], &moved, &food, &people[1]});
  chat.user("sum_asks", {&people[0], &food});
  chat.calculate(expression);
  chat.assistant("sum_answer", {&people[0], &left, &food});
}

}  // namespace

Document make_arithmetic_chat(Composer& composer) {
  ChatWriter chat(composer);
  for (size_t turn = 1 + composer.below(3); turn > 0; --turn) {
    composer.chance(0.6) ? plain_sum(composer, chat) : counting_problem(composer, chat);
  }
  return chat.finish();
}

}  // namespace vitrine::data
