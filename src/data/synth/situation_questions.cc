// What can be asked of a situation as things stand.
#include <algorithm>
#include <array>

#include "data/synth/situation.h"

namespace vitrine::data {
namespace {

size_t count_with(const std::vector<Entity>& entities, ClassId word_class, WordId word) {
  return static_cast<size_t>(std::count_if(entities.begin(), entities.end(),
                                           [&](const Entity& entity) { return entity.words[word_class] == word; }));
}

// What is said of people: the class of the word, how it is asked for and answered, and how the person is asked for.
constexpr std::array<std::array<std::string_view, 4>, 7> kAboutPeople = {{
    {"place", "ask_place", "answer_place", "ask_who_place"},
    {"food", "ask_likes", "answer_likes", "ask_who_likes"},
    {"job", "ask_job", "answer_job", "ask_who_job"},
    {"country", "ask_country", "answer_country", "ask_who_country"},
    {"pastime", "ask_pastime", "answer_pastime", ""},
    {"weekday", "ask_weekday", "answer_weekday", ""},
    {"activity", "ask_activity", "answer_activity", ""},
}};

}  // namespace

std::vector<Question> Situation::questions() const {
  std::vector<Question> out;
  ask_things(out);
  ask_people(out);
  ask_animals(out);
  ask_counts(out);
  composer_.is_full() ? ask_whether(out) : ask_if(out);
  for (const Kin& kin : kin_) {
    const std::vector<Entity> args = {kin.relative, kin.of};
    out.push_back({"kin", "ask_kin", "answer_kin", args, args, "name", kin.relative.noun()});
  }
  for (const Gift& gift : gifts_) {
    const std::vector<Entity> args = {gift.giver, gift.thing, gift.receiver};
    out.push_back({"giver", "ask_giver", "answer_giver", args, args, "name", gift.giver.noun()});
  }
  return out;
}

void Situation::ask_things(std::vector<Question>& out) const {
  for (const Entity& thing : things_) {
    const auto ask = [&](std::string_view type, std::string_view asked, std::string_view answered) {
      if (const WordId word = get(thing, type); word != kNoWord) {
        out.push_back({type, asked, answered, {thing}, {thing}, type, word});
      }
    };
    ask("colour", "ask_colour", "answer_colour");
    ask("size", "ask_size", "answer_size");
    ask("spot", "ask_spot", "answer_spot");
    ask("material", "ask_material", "answer_material");
    if (const Entity* owner = owner_of(thing)) {
      out.push_back({"owner", "ask_owner", "answer_owner", {thing}, {*owner, thing}, "name", owner->noun()});
      const ClassId name = composer_.lexicon().class_id("name");
      if (count_with(things_, name, owner->noun()) == 1 && count_with(counted_, name, owner->noun()) == 0) {
        out.push_back({"has", "ask_has", "answer_owner", {*owner}, {*owner, thing}, "thing", thing.noun()});
      }
    }
  }
}

void Situation::ask_people(std::vector<Question>& out) const {
  for (const Entity& person : people_) {
    for (const auto& [type, asked, answered, reverse] : kAboutPeople) {
      const WordId word = get(person, type);
      if (word == kNoWord) continue;
      out.push_back({type, asked, answered, {person}, {person}, type, word});
      if (!reverse.empty() && count_with(people_, composer_.lexicon().class_id(type), word) == 1) {
        out.push_back({"who", reverse, answered, {person}, {person}, "name", person.noun()});
      }
    }
  }
}

// What a small model can say to a question for yes or no: how it is.
void Situation::ask_if(std::vector<Question>& out) const {
  const Lexicon& lexicon = composer_.lexicon();
  const auto named = [&](std::string_view word_class, WordId right) {
    return composer_.chance(0.5) ? Entity(lexicon.class_id(word_class), right) : composer_.entity(word_class);
  };
  for (const Entity& thing : things_) {
    if (composer_.chance(0.8)) continue;
    if (const WordId colour = get(thing, "colour"); colour != kNoWord) {
      out.push_back(
          {"if", "ask_is_colour", "answer_colour", {thing, named("colour", colour)}, {thing}, "colour", colour});
    }
    if (const Entity* owner = owner_of(thing)) {
      const Entity& asked = people_[composer_.below(people_.size())];
      out.push_back({"if", "ask_has_thing", "answer_owner", {asked, thing}, {*owner, thing}, "name", owner->noun()});
    }
  }
  for (const Entity& person : people_) {
    const WordId place = get(person, "place");
    if (place == kNoWord || composer_.chance(0.8)) continue;
    out.push_back({"if", "ask_is_in", "answer_place", {person, named("place", place)}, {person}, "place", place});
  }
}

// Yes or no: the question names the right value or another one.
void Situation::ask_whether(std::vector<Question>& out) const {
  const Lexicon& lexicon = composer_.lexicon();
  const ClassId truth = lexicon.class_id("truth");
  const WordId yes = lexicon.find(truth, "yes"), no = lexicon.find(truth, "no");
  const auto other = [&](std::string_view word_class, WordId right) {
    Entity named = composer_.entity(word_class);
    while (named.noun() == right) named = composer_.entity(word_class);
    return named;
  };
  for (const Entity& thing : things_) {
    if (composer_.chance(0.5)) continue;
    if (const WordId colour = get(thing, "colour"); colour != kNoWord) {
      const Entity right(lexicon.class_id("colour"), colour);
      out.push_back({"truth", "ask_is_colour", "answer_yes_colour", {thing, right}, {thing}, "truth", yes});
      out.push_back(
          {"truth", "ask_is_colour", "answer_no_colour", {thing, other("colour", colour)}, {thing}, "truth", no});
    }
    if (const Entity* owner = owner_of(thing)) {
      out.push_back({"truth", "ask_has_thing", "answer_yes_has", {*owner, thing}, {*owner, thing}, "truth", yes});
      const Entity& named = people_[composer_.below(people_.size())];
      if (named.noun() == owner->noun()) continue;
      out.push_back({"truth", "ask_has_thing", "answer_no_has", {named, thing}, {*owner, thing}, "truth", no});
    }
  }
  for (const Entity& person : people_) {
    const WordId place = get(person, "place");
    if (place == kNoWord || composer_.chance(0.5)) continue;
    const Entity right(lexicon.class_id("place"), place);
    out.push_back({"truth", "ask_is_in", "answer_yes_in", {person, right}, {person}, "truth", yes});
    out.push_back({"truth", "ask_is_in", "answer_no_in", {person, other("place", place)}, {person}, "truth", no});
  }
}

void Situation::ask_animals(std::vector<Question>& out) const {
  for (const Entity& animal : animals_) {
    for (const auto& [type, asked, answered] :
         {std::array<std::string_view, 3>{"colour", "ask_animal_colour", "answer_animal_colour"},
          std::array<std::string_view, 3>{"size", "ask_animal_size", "answer_animal_size"},
          std::array<std::string_view, 3>{"spot", "ask_animal_spot", "answer_animal_spot"}}) {
      if (const WordId word = get(animal, type); word != kNoWord) {
        out.push_back({type, asked, answered, {animal}, {animal}, type, word});
      }
    }
  }
}

void Situation::ask_counts(std::vector<Question>& out) const {
  for (const Entity& food : counted_) {
    Entity number(composer_.lexicon().class_id("number"), get(food, "number"));
    number.value = food.value;
    if (const Entity* owner = owner_of(food)) {
      out.push_back({"count",
                     "ask_count_has",
                     "answer_count_has",
                     {*owner, food},
                     {*owner, number, food},
                     "number",
                     number.noun()});
    } else {
      out.push_back({"count", "ask_count_spot", "answer_count_spot", {food}, {number, food}, "number", number.noun()});
    }
  }
}

}  // namespace vitrine::data
