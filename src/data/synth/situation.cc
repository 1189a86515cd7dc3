#include "data/synth/situation.h"

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"

namespace vitrine::data {
namespace {

// One situation in 16 is kept for evaluation.
constexpr uint64_t kHeldOutShare = 16;
// Fewer facts would leave nothing to confuse the answer with, and the space of situations small.
constexpr size_t kMinFacts = 4, kMinFactsSmall = 2;

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
    kin_.clear();
    tellings_.clear();
    draw();
  } while (tellings_.size() < (composer_.is_full() ? kMinFacts : kMinFactsSmall) ||
           (facts_key() % kHeldOutShare == 0) != (split == Split::kHeldOut));
}

WordId Situation::get(const Entity& entity, std::string_view word_class) const {
  return entity.words[composer_.lexicon().class_id(word_class)];
}

void Situation::set(Entity& entity, std::string_view word_class, WordId word) const {
  entity.words[composer_.lexicon().class_id(word_class)] = word;
}

uint64_t Situation::facts_key() const {
  std::vector<std::string> facts;
  for (const auto* group : {&people_, &things_, &animals_, &counted_}) {
    for (const Entity& entity : *group) {
      const std::string subject = composer_.lexicon().word(entity.noun()).text;
      for (const WordId word : entity.words) {
        if (word != kNoWord) facts.push_back(subject + ' ' + composer_.lexicon().word(word).text);
      }
    }
  }
  for (const Kin& kin : kin_) {
    facts.push_back(composer_.lexicon().word(kin.relative.noun()).text + " of " +
                    composer_.lexicon().word(kin.of.noun()).text);
  }
  std::sort(facts.begin(), facts.end());
  std::string joined;
  for (const std::string& fact : facts) joined += fact + '\n';
  return hash64(joined);
}

void Situation::tell() {
  composer_.shuffle(tellings_);
  for (Telling& telling : tellings_) {
    const size_t begin = composer_.num_bytes() + (composer_.is_empty() ? 0 : 1);
    composer_.say(telling.rule, pointers(telling.args));
    telling.said = composer_.text().substr(begin);
  }
}

void Situation::retell() const {
  for (const Telling& telling : tellings_) composer_.repeat(telling.said);
}

void Situation::retell(const Entity& about) const {
  const auto is_it = [&](const Entity& entity) { return entity.noun() == about.noun(); };
  for (const Telling& telling : tellings_) {
    if (std::any_of(telling.args.begin(), telling.args.end(), is_it)) composer_.repeat(telling.said);
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
    draw_spot(thing);
    composer_.say("event_puts_on", {owner, &thing});
    set(thing, "name", kNoWord);
    if (composer_.chance(0.5)) composer_.say("now_spot", {&thing});
    return true;
  }
  return false;
}

}  // namespace vitrine::data
