// Three people are compared, and the order has to be worked out.
#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"
#include "data/synth/kinds/chat.h"

namespace vitrine::data {

Document make_comparison_chat(Composer& composer) {
  ChatWriter chat(composer);
  const std::vector<Entity> people = composer.entities("name", 3);  // the first has most of it
  const Entity quality = composer.entity("compare");
  std::vector<size_t> told = {0, 1};
  composer.shuffle(told);
  for (const size_t i : told) composer.say("compare_two", {&people[i], &people[i + 1], &quality});
  std::vector<int> asked = {0, 1, 2};
  composer.shuffle(asked);
  const size_t num_turns = 2 + composer.below(2);
  for (size_t turn = 0; turn < num_turns; ++turn) {
    const size_t high = composer.below(2), low = high + 1 + composer.below(2 - high);
    const Entity &more = people[high], &less = people[low];
    const bool is_swapped = composer.chance(0.5);
    if (asked[turn] == 0) {
      chat.user("ask_most", {&quality}).assistant("answer_most", {&people[0], &quality});
    } else if (asked[turn] == 1) {
      chat.user("ask_more", {is_swapped ? &less : &more, is_swapped ? &more : &less, &quality});
      chat.assistant("answer_more", {&more, &less, &quality});
    } else if (is_swapped) {
      chat.user("ask_compare", {&less, &more, &quality}).assistant("answer_compare_no", {&less, &more, &quality});
    } else {
      chat.user("ask_compare", {&more, &less, &quality}).assistant("answer_compare_yes", {&more, &less, &quality});
    }
  }
  return chat.finish();
}

}  // namespace vitrine::data
