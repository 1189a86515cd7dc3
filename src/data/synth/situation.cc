#include "data/synth/situation.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/hash.h"

namespace vitrine::data {
namespace {

// One situation in 16 is kept for evaluation.
constexpr uint64_t kHeldOutShare = 16;
// Fewer facts would leave nothing to confuse the answer with, and the space of situations small.
constexpr size_t kMinFacts = 4;

size_t count_with(const std::vector<Entity>& entities, ClassId word_class, WordId word) {
  return static_cast<size_t>(std::count_if(entities.begin(), entities.end(),
                                           [&](const Entity& entity) { return entity.words[word_class] == word; }));
}

std::vector<const Entity*> pointers(const std::vector<Entity>& entities) {
  std::vector<const Entity*> out;
  for (const Entity& entity : entities) out.push_back(&entity);
  return out;
}

}  // namespace

void Question::ask(Composer& composer) const { composer.say(ask_rule, pointers(ask_args)); }

void Question::answer(Composer& composer) const { composer.say(answer_rule, pointers(answer_args)); }

Situation::Situation(Composer& composer, Split split) : composer_(composer) {
  do {
    people_.clear();
    things_.clear();
    animals_.clear();
    counted_.clear();
    tellings_.clear();
    draw();
  } while (tellings_.size() < kMinFacts || (key() % kHeldOutShare == 0) != (split == Split::kHeldOut));
}

WordId Situation::get(const Entity& entity, std::string_view word_class) const {
  return entity.words[composer_.lexicon().class_id(word_class)];
}

void Situation::set(Entity& entity, std::string_view word_class, WordId word) const {
  entity.words[composer_.lexicon().class_id(word_class)] = word;
}

// The set of facts, whatever their order and wording.
uint64_t Situation::key() const {
  std::vector<std::string> facts;
  for (const auto* group : {&people_, &things_, &animals_, &counted_}) {
    for (const Entity& entity : *group) {
      const std::string subject = composer_.lexicon().word(entity.noun()).text;
      for (const WordId word : entity.words) {
        if (word != kNoWord) facts.push_back(subject + ' ' + composer_.lexicon().word(word).text);
      }
    }
  }
  std::sort(facts.begin(), facts.end());
  std::string joined;
  for (const std::string& fact : facts) joined += fact + '\n';
  return hash64(joined);
}

void Situation::draw() {
  using Part = void (Situation::*)();
  std::vector<Part> parts = {&Situation::draw_places,  &Situation::draw_owned, &Situation::draw_spots,
                             &Situation::draw_animals, &Situation::draw_likes, &Situation::draw_counts};
  composer_.shuffle(parts);
  const size_t count = composer_.chance(0.3) ? 1 : composer_.chance(0.6) ? 2 : 3;
  for (size_t i = 0; i < count; ++i) (this->*parts[i])();
}

void Situation::add_people(size_t count) {
  while (people_.size() < count) people_.push_back(composer_.entity("name", people_));
}

void Situation::draw_places() {
  add_people(2 + composer_.below(3));
  for (Entity& person : people_) {
    composer_.set(person, "place");
    told("tell_place", {person});
  }
}

void Situation::draw_owned() {
  add_people(2 + composer_.below(2));
  for (const Entity& person : people_) {
    Entity thing = composer_.entity("thing", things_);
    set(thing, "name", person.noun());
    const uint64_t form = composer_.below(4);
    if (form == 0) {
      composer_.set(thing, "size");
      told("tell_has_sized", {person, thing});
    } else if (form == 1) {
      composer_.set(thing, "colour");
      told("tell_has", {person, thing});
      told("tell_colour", {thing});
    } else {
      composer_.set(thing, "colour");
      told("tell_has_coloured", {person, thing});
    }
    things_.push_back(thing);
  }
}

void Situation::draw_spots() {
  const size_t count = 2 + composer_.below(3);
  for (size_t i = 0; i < count; ++i) {
    Entity thing = composer_.entity("thing", things_);
    const uint64_t form = composer_.below(5);
    if (form < 2) composer_.set(thing, "colour");
    if (form < 4) composer_.set(thing, "spot");
    if (form == 4) composer_.set(thing, "size");
    told(form < 2 ? "tell_coloured_spot" : form < 4 ? "tell_spot" : "tell_size", {thing});
    things_.push_back(thing);
  }
}

void Situation::draw_animals() {
  const size_t count = 2 + composer_.below(2);
  for (size_t i = 0; i < count; ++i) {
    Entity animal = composer_.entity("animal", animals_);
    const uint64_t form = composer_.below(4);
    if (form < 2) {
      composer_.set(animal, "colour");
      told("tell_animal_colour", {animal});
    }
    if (form == 1 || form == 2) {
      composer_.set(animal, "spot");
      told("tell_animal_spot", {animal});
    }
    if (form == 3) {
      composer_.set(animal, "size");
      told("tell_animal_size", {animal});
    }
    animals_.push_back(animal);
  }
}

void Situation::draw_likes() {
  add_people(2 + composer_.below(2));
  for (Entity& person : people_) {
    composer_.set(person, "food");
    told("tell_likes", {person});
  }
}

void Situation::draw_counts() {
  const bool is_owned = composer_.chance(0.5);
  if (is_owned) add_people(2);
  const size_t count = is_owned ? people_.size() : 2;
  for (size_t i = 0; i < count; ++i) {
    Entity food = composer_.entity("food", counted_);
    const Entity number = composer_.number(composer_.between(1, 10));
    set(food, "number", number.noun());
    food.value = number.value;
    if (is_owned) {
      set(food, "name", people_[i].noun());
      told("tell_count_has", {people_[i], number, food});
    } else {
      composer_.set(food, "spot");
      told("tell_count_spot", {number, food});
    }
    counted_.push_back(food);
  }
}

void Situation::tell() {
  composer_.shuffle(tellings_);
  for (const Telling& telling : tellings_) {
    composer_.say(telling.rule, pointers(telling.args));
  }
}

const Entity* Situation::owner_of(const Entity& thing) const {
  const WordId owner = get(thing, "name");
  for (const Entity& person : people_) {
    if (owner != kNoWord && person.noun() == owner) return &person;
  }
  return nullptr;
}

bool Situation::happen() {
  using Event = bool (Situation::*)();
  std::vector<Event> events = {&Situation::give, &Situation::go, &Situation::put};
  composer_.shuffle(events);
  for (const Event event : events) {
    if ((this->*event)()) return true;
  }
  return false;
}

bool Situation::give() {
  const size_t first = things_.empty() ? 0 : composer_.below(things_.size());
  for (size_t i = 0; i < things_.size(); ++i) {
    Entity& thing = things_[(first + i) % things_.size()];
    const Entity* giver = owner_of(thing);
    if (giver == nullptr || people_.size() < 2) continue;
    const Entity* receiver = giver;
    while (receiver == giver) receiver = &people_[composer_.below(people_.size())];
    composer_.say("event_gives", {giver, &thing, receiver});
    std::erase_if(gifts_, [&](const Gift& gift) {
      return gift.thing.noun() == thing.noun() && gift.receiver.noun() == receiver->noun();
    });
    gifts_.push_back({*giver, thing, *receiver});
    set(thing, "name", receiver->noun());
    if (composer_.chance(0.5)) composer_.say("now_has", {receiver, &thing});
    return true;
  }
  return false;
}

bool Situation::go() {
  const size_t first = people_.empty() ? 0 : composer_.below(people_.size());
  for (size_t i = 0; i < people_.size(); ++i) {
    Entity& person = people_[(first + i) % people_.size()];
    const WordId before = get(person, "place");
    if (before == kNoWord) continue;
    while (get(person, "place") == before) composer_.set(person, "place");
    composer_.say("event_goes", {&person});
    if (composer_.chance(0.5)) composer_.say("now_place", {&person});
    return true;
  }
  return false;
}

bool Situation::put() {
  for (Entity& thing : things_) {
    const Entity* owner = owner_of(thing);
    if (owner == nullptr) continue;
    composer_.set(thing, "spot");
    composer_.say("event_puts_on", {owner, &thing});
    set(thing, "name", kNoWord);
    if (composer_.chance(0.5)) composer_.say("now_spot", {&thing});
    return true;
  }
  return false;
}

std::vector<Question> Situation::questions() const {
  std::vector<Question> out;
  ask_things(out);
  ask_people(out);
  ask_animals(out);
  ask_counts(out);
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
    for (const auto& [type, asked, answered, reverse] :
         {std::array<std::string_view, 4>{"place", "ask_place", "answer_place", "ask_who_place"},
          std::array<std::string_view, 4>{"food", "ask_likes", "answer_likes", "ask_who_likes"}}) {
      const WordId word = get(person, type);
      if (word == kNoWord) continue;
      out.push_back({type, asked, answered, {person}, {person}, type, word});
      if (count_with(people_, composer_.lexicon().class_id(type), word) == 1) {
        out.push_back({"who", reverse, answered, {person}, {person}, "name", person.noun()});
      }
    }
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
