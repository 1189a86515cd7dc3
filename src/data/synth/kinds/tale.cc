#include "data/synth/kinds/tale.h"

#include "data/synth/kinds/cast.h"
#include "data/synth/kinds/catalog.h"
#include "data/synth/kinds/chat.h"

namespace vitrine::data {
namespace {

// One story under way: who is in it and what can be asked about it.
class Tale {
 public:
  Tale(Composer& composer, Entity hero)
      : composer_(composer),
        hero_(std::move(hero)),
        other_(full_person(composer, {hero_})),
        thing_(full_thing(composer)),
        questions_() {}

  void open();
  void lose_and_find();
  void give();
  void rescue();
  void travel();
  void contest();
  void trouble_at_work();
  void quarrel();
  void chores();
  void storm();
  void close(bool is_pair);
  void later();
  std::vector<Question> take_questions() { return std::move(questions_); }

 private:
  void maybe(double probability, std::string_view rule, std::initializer_list<const Entity*> args) {
    if (composer_.chance(probability)) composer_.say(rule, args);
  }
  void speak(std::string_view rule, std::initializer_list<const Entity*> args, const Entity& speaker) {
    const bool is_asked = composer_.quote(rule, args).ends_with_question();
    composer_.tail(is_asked ? "tail_asked" : "tail_said", {&speaker});
  }
  void scene();
  void ask(std::string_view type, std::string_view asked, std::vector<Entity> ask_args, std::string_view answered,
           std::vector<Entity> answer_args, std::string_view value_class, WordId value) {
    questions_.push_back({type, asked, answered, std::move(ask_args), std::move(answer_args), value_class, value});
  }

  Composer& composer_;
  Entity hero_, other_, thing_;
  std::vector<Question> questions_;
};

void Tale::open() {
  composer_.say("past_open", {&hero_});
  maybe(0.7, "past_person", {&hero_});
}

// What is seen, heard and smelled; seldom the same twice.
void Tale::scene() {
  const Entity flower = composer_.entity("flower"), tree = composer_.entity("tree");
  switch (composer_.below(4)) {
    case 0:
      composer_.say("past_sight", {&hero_});
      break;
    case 1: {
      const Entity dish = composer_.entity("dishfood");
      composer_.say("past_smells", {&dish});
      break;
    }
    case 2:
      composer_.say("past_nature", {&flower, &tree});
      break;
    default:
      break;
  }
}

void Tale::lose_and_find() {
  composer_.say("past_owns", {&hero_, &thing_}).say("past_day", {&hero_});
  scene();
  composer_.say("past_lost", {&hero_, &thing_});
  maybe(0.8, "past_sad", {&hero_});
  composer_.say("past_search", {&hero_});
  composer_.paragraph();
  composer_.say("past_friend", {&hero_, &other_});
  speak("q_greets", {&hero_}, other_);
  speak("q_lost", {&hero_, &thing_}, hero_);
  speak("q_offer", {&hero_}, other_);
  composer_.say("past_found", {&hero_, &thing_});
  if (composer_.chance(0.4)) {
    const Entity thief = composer_.entity_in_group("animal", "bird");
    composer_.say("past_thief", {&thief, &thing_});
  }
  speak("q_thanks", {&other_}, hero_);
  ask("lost", "ask_what_lost", {hero_}, "answer_lost", {hero_, thing_}, "thing", thing_.noun());
  ask("found", "ask_what_found", {hero_}, "answer_found", {thing_}, "spot",
      thing_.words[composer_.lexicon().class_id("spot")]);
}

void Tale::give() {
  composer_.say("past_owns", {&hero_, &thing_}).say("past_day", {&hero_});
  scene();
  composer_.say("past_friend", {&hero_, &other_});
  speak("q_greets", {&hero_}, other_);
  if (composer_.chance(0.6)) composer_.say("past_handles", {&other_, &thing_});
  speak("q_admire", {&thing_}, other_);
  composer_.say("past_gives", {&hero_, &thing_, &other_});
  if (composer_.chance(0.7)) speak("q_give", {&other_, &thing_}, hero_);
  speak("q_thanks", {&hero_}, other_);
  composer_.say("past_owner", {&other_, &thing_});
  ask("receiver", "ask_to_whom", {hero_, thing_}, "answer_to_whom", {hero_, thing_, other_}, "name", other_.noun());
}

void Tale::rescue() {
  static constexpr std::string_view kGroups[] = {"pet", "wild_animal", "bird", "farm_animal"};
  std::string group(kGroups[composer_.below(4)]);
  for (char& c : group) c = c == '_' ? ' ' : c;
  Entity animal = composer_.entity_in_group("animal", group);
  set_animal_colour(composer_, animal);
  composer_.set(animal, "size");
  const bool has_sound = composer_.relate(animal, "sound", "animal");
  composer_.say("past_day", {&hero_});
  scene();
  composer_.say("past_animal", {&hero_, &animal});
  if (has_sound) maybe(0.8, "past_animal_sound", {&animal});
  speak("q_poor", {&animal}, hero_);
  composer_.say("past_animal_care", {&hero_, &animal});
  composer_.paragraph();
  composer_.say("past_animal_end", {&hero_, &animal});
  ask("which_animal", "ask_which_animal", {hero_}, "answer_which_animal", {hero_, animal}, "animal", animal.noun());
}

void Tale::travel() {
  composer_.set(hero_, {"country", "trait"});
  composer_.say("past_travel", {&hero_});
  ask("country", "ask_which_country", {hero_}, "answer_which_country", {hero_}, "country",
      hero_.words[composer_.lexicon().class_id("country")]);
  composer_.say("past_abroad", {&hero_});
  refresh(composer_, hero_);
  composer_.say("past_abroad", {&hero_});
  composer_.paragraph();
  composer_.say("past_day", {&hero_}).say("past_friend", {&hero_, &other_});
  speak("q_greets", {&hero_}, other_);
  const Entity dish = composer_.entity("meal"), sweet = composer_.entity("food");
  composer_.say("past_supper", {&other_, &dish, &sweet});
}

void Tale::contest() {
  composer_.say("past_contest", {&hero_, &other_}).say("past_day", {&hero_});
  scene();
  composer_.say("past_contest_middle", {&hero_, &other_});
  composer_.say("past_contest_end", {&hero_, &other_});
  speak("q_win", {&hero_}, other_);
}

void Tale::trouble_at_work() {
  composer_.say("past_job", {&hero_}).say("past_job_trouble", {&hero_});
  maybe(0.8, "past_sad", {&hero_});
  composer_.say("past_friend", {&hero_, &other_});
  speak("q_offer", {&hero_}, other_);
  composer_.say("past_job_help", {&hero_, &other_});
  speak("q_thanks", {&other_}, hero_);
  ask("helper", "ask_who_helped", {hero_}, "answer_helped", {hero_, other_}, "name", other_.noun());
}

void Tale::quarrel() {
  composer_.say("past_quarrel", {&hero_, &other_}).say("past_quarrel_cause", {&hero_, &thing_});
  composer_.say("past_sad", {&hero_});
  refresh(composer_, hero_);
  composer_.say("past_day", {&hero_});
  scene();
  composer_.paragraph();
  composer_.say("past_peace", {&hero_, &other_});
  speak("q_sorry", {&other_}, hero_);
  speak("q_forgive", {&hero_}, other_);
}

void Tale::chores() {
  composer_.say("past_chore", {&hero_, &other_});
  speak("q_ask_chore", {&hero_}, other_);
  speak("q_must", {&hero_}, hero_);
  composer_.say("past_chore_done", {&hero_});
  const Entity dish = composer_.entity("meal"), sweet = composer_.entity("food");
  composer_.say("past_supper", {&hero_, &dish, &sweet});
  scene();
}

void Tale::storm() {
  composer_.say("past_day", {&hero_});
  scene();
  composer_.say("past_storm", {&hero_});
  composer_.say("past_friend", {&hero_, &other_}).say("past_shelter", {&hero_, &other_});
  speak("q_greets", {&hero_}, other_);
  const Entity dish = composer_.entity("meal"), sweet = composer_.entity("food");
  composer_.say("past_supper", {&other_, &dish, &sweet});
}

// Another episode, with another friend.
void Tale::later() {
  composer_.paragraph();
  refresh(composer_, hero_);
  other_ = full_person(composer_, {hero_, other_});
  composer_.say("past_later", {&hero_});
}

void Tale::close(bool is_pair) {
  if (composer_.chance(0.3)) composer_.say("past_lesson", {&hero_});
  if (is_pair && composer_.chance(0.5)) {
    composer_.say("past_close_two", {&hero_, &other_});
  } else {
    composer_.say("past_close", {&hero_});
  }
}

}  // namespace

std::vector<Question> tell_tale(Composer& composer, Entity hero) {
  using Plot = void (Tale::*)();
  static constexpr std::pair<Plot, bool> kPlots[] = {
      {&Tale::lose_and_find, true}, {&Tale::give, true},    {&Tale::rescue, false},
      {&Tale::travel, false},       {&Tale::contest, true}, {&Tale::trouble_at_work, true},
      {&Tale::quarrel, true},       {&Tale::chores, true},  {&Tale::storm, true}};
  const auto& [plot, is_pair] = kPlots[composer.below(std::size(kPlots))];
  if (plot == &Tale::trouble_at_work) {
    while (!composer.relate(hero, "tool", "job")) composer.set(hero, "job");
    composer.relate(hero, "work", "job");
  }
  Tale tale(composer, std::move(hero));
  tale.open();
  (tale.*plot)();
  if (composer.chance(0.35)) {
    tale.later();
    static constexpr Plot kSequels[] = {&Tale::rescue, &Tale::chores, &Tale::storm};
    Plot sequel = plot;
    while (sequel == plot) sequel = kSequels[composer.below(std::size(kSequels))];
    (tale.*sequel)();
  }
  tale.close(is_pair);
  return tale.take_questions();
}

}  // namespace vitrine::data
