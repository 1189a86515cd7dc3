// Sums and counting problems; the assistant calls the calculator and then says the result. None is a held-out sum.
#include <fmt/format.h>

#include <cmath>

#include "data/synth/calculator.h"
#include "data/synth/kinds/catalog.h"
#include "data/synth/kinds/chat.h"
#include "data/synth/kinds/chat_parts.h"
#include "data/synth/sums.h"

namespace vitrine::data {
namespace {

int64_t result_of(std::string_view expression) { return std::stoll(calculator_result(expression)); }

bool is_held_out(int64_t x, char operation, int64_t y) { return split_of_sum(x, operation, y) == Split::kHeldOut; }

/// Every length up to `max_digits` as often as the others: a model has to learn to say results of all lengths.
int64_t number_of_any_length(Composer& composer, int max_digits) {
  int64_t least = 1;
  for (uint64_t more = composer.below(static_cast<size_t>(max_digits)); more > 0; --more) least *= 10;
  return composer.between(least, least * 10 - 1);
}

void plain_sum(Composer& composer, ChatWriter& chat) {
  static constexpr std::string_view kNames[] = {"plus", "minus", "times"};
  const size_t which = composer.below(3);
  const int max_digits = composer.is_full() ? 4 : 3;
  int64_t x = 0, y = 0;
  do {
    x = number_of_any_length(composer, max_digits), y = number_of_any_length(composer, max_digits);
  } while (is_held_out(x, "+-*"[which], y));
  const std::string expression = fmt::format("{} {} {}", x, "+-*"[which], y);
  const Entity left = composer.integer(x), right = composer.integer(y),
               value = composer.integer(calculator_result(expression));
  chat.user("ask_" + std::string(kNames[which]), {&left, &right});
  chat.calculate(expression);
  chat.assistant("say_" + std::string(kNames[which]), {&left, &right, &value});
}

// Of any base, results of all lengths: what the calculator gives has to be said digit by digit.
void power_of(Composer& composer, ChatWriter& chat) {
  constexpr double kMostDigits = 32;
  int64_t x = 0, y = 0;
  do {
    x = composer.chance(0.4) ? 2 : composer.between(2, composer.chance(0.5) ? 12 : 99);
    y = composer.between(2, static_cast<int64_t>(kMostDigits / std::log10(static_cast<double>(x))));
  } while (is_held_out(x, '^', y));
  const std::string expression = fmt::format("{} ^ {}", x, y);
  const Entity base = composer.integer(x), exponent = composer.integer(y);
  const Entity value = composer.integer(calculator_result(expression));
  chat.user("ask_power", {&base, &exponent}).calculate(expression);
  chat.assistant("say_power", {&base, &exponent, &value});
}

void counting_problem(Composer& composer, ChatWriter& chat) {
  const std::vector<Entity> people = composer.entities("name", 2);
  const Entity food = composer.entity("food");
  const bool is_loss = composer.chance(0.5);
  const int64_t most = composer.is_full() ? 900 : 60;
  int64_t x = 0, y = 0;
  do {
    x = composer.between(2, most), y = composer.between(1, is_loss ? x - 1 : most);
  } while (is_held_out(x, is_loss ? '-' : '+', y));
  const std::string expression = fmt::format("{} {} {}", x, is_loss ? '-' : '+', y);
  const Entity has = composer.integer(x), moved = composer.integer(y), left = composer.integer(result_of(expression));
  // Nobody eats four hundred plums: large numbers are a matter of trade.
  const bool is_trade = composer.is_full() && x + y > 40;
  composer.say(is_trade ? "trade_has" : "sum_has", {&people[0], &has, &food});
  composer.say((is_trade ? "trade_" : "sum_") + std::string(is_loss ? "loses" : "gets"),
               {&people[0], &moved, &food, &people[1]});
  chat.user("sum_asks", {&people[0], &food});
  chat.calculate(expression);
  chat.assistant("sum_answer", {&people[0], &left, &food});
}

void division(Composer& composer, ChatWriter& chat) {
  int64_t x = 0, y = 0;
  do {
    y = composer.between(2, 12), x = y * composer.between(2, 30);
  } while (is_held_out(x, '/', y));
  const std::string expression = fmt::format("{} / {}", x, y);
  const Entity left = composer.integer(x), right = composer.integer(y), each = composer.integer(result_of(expression));
  if (composer.chance(0.5)) {
    chat.user("ask_divide", {&left, &right}).calculate(expression);
    chat.assistant("say_divide", {&left, &right, &each});
    return;
  }
  const Entity person = composer.entity("name"), food = composer.entity("food");
  chat.user("share_asks", {&person, &left, &food, &right}).calculate(expression);
  chat.assistant("share_answer", {&each, &food});
}

// Two calls for the products, one for the sum.
void prices(Composer& composer, ChatWriter& chat) {
  const std::vector<Entity> foods = composer.entities("food", 2);
  int64_t count[2], cost[2];
  do {
    for (int64_t& each : count) each = composer.between(2, 20);
    for (int64_t& each : cost) each = composer.between(2, 9);
  } while (is_held_out(count[0], '*', cost[0]) || is_held_out(count[1], '*', cost[1]) ||
           is_held_out(count[0] * cost[0], '+', count[1] * cost[1]));
  const std::vector<Entity> counts = {composer.integer(count[0]), composer.integer(count[1])};
  const std::vector<Entity> costs = {composer.integer(cost[0]), composer.integer(cost[1])};
  composer.say("price_tells", {&foods[0], &costs[0]}).say("price_tells", {&foods[1], &costs[1]});
  chat.user("price_asks", {&counts[0], &foods[0], &counts[1], &foods[1]});
  int64_t parts[2] = {0, 0};
  for (size_t i = 0; i < 2; ++i) {
    const std::string product = fmt::format("{} * {}", counts[i].value, costs[i].value);
    chat.calculate(product);
    parts[i] = result_of(product);
  }
  const std::string total = fmt::format("{} + {}", parts[0], parts[1]);
  const Entity sum = composer.integer(result_of(total));
  chat.calculate(total).assistant("price_answer", {&sum});
}

}  // namespace

void ask_for_sum(Composer& composer, ChatWriter& chat) {
  if (composer.is_full() && composer.chance(0.3)) {
    composer.chance(0.5) ? division(composer, chat) : prices(composer, chat);
  } else {
    const double kind = composer.rng().next_uniform();
    kind < 0.57 ? plain_sum(composer, chat) : kind < 0.62 ? power_of(composer, chat) : counting_problem(composer, chat);
  }
}

Document make_arithmetic_chat(Composer& composer) {
  ChatWriter chat(composer);
  for (size_t turn = 2 + composer.below(3); turn > 0; --turn) ask_for_sum(composer, chat);
  return chat.finish();
}

}  // namespace vitrine::data
