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
        age_(composer.text_of(hero_, "job").empty() ? Age::kChild : Age::kAdult),
        thing_(full_thing(composer, {}, "dear")) {
    meet_somebody({hero_});
  }

  void open();
  void lose_and_find();
  void give();
  void rescue();
  void travel();
  void win();
  void stop_to_help();
  void lose_to_a_friend();
  void trouble_at_work();
  void quarrel();
  void chores();
  void storm();
  void lesson() { composer_.say("past_lesson", {&hero_}); }
  void close(bool is_pair);
  void later();
  std::vector<Question> take_questions() { return std::move(questions_); }

 private:
  void maybe(double probability, std::string_view rule, std::initializer_list<const Entity*> args) {
    if (composer_.chance(probability)) composer_.say(rule, args);
  }
  // A friend of the hero's age with a trait that fits a friend.
  void meet_somebody(const std::vector<Entity>& others) {
    other_ = full_person(composer_, others, age_);
    composer_.set_fitting(other_, "trait", "good");
  }
  // Says a quotation and who speaks, in words that suit the mood.
  void speak(std::string_view rule, std::initializer_list<const Entity*> args, const Entity& speaker,
             std::string_view mood) {
    Entity voice = speaker;
    composer_.set_fitting(voice, "speak", mood);
    composer_.set_fitting(voice, "tone", mood);
    const bool is_asked = composer_.quote(rule, args).ends_with_question();
    composer_.tail(is_asked ? "tail_asked" : "tail_said", {&voice});
  }
  void day(std::string_view places);
  void scene(bool is_outdoors);
  void own();
  void be_sad(std::string_view cause, double probability);
  void compete(std::string_view key);
  void supper(const Entity& host);
  void ask(std::string_view type, std::string_view asked, std::vector<Entity> ask_args, std::string_view answered,
           std::vector<Entity> answer_args, std::string_view value_class, WordId value) {
    questions_.push_back({type, asked, answered, std::move(ask_args), std::move(answer_args), value_class, value});
  }
  /// The text so far names the hero's country.
  bool is_home_known() const {
    const std::string_view home = composer_.text_of(hero_, "country");
    return !home.empty() && composer_.text().find(home) != std::string::npos;
  }
  WordId word_of(const Entity& entity, std::string_view word_class) const {
    return entity.words[composer_.lexicon().class_id(word_class)];
  }

  Composer& composer_;
  Entity hero_;
  Age age_;
  Entity other_, thing_;
  std::vector<Question> questions_;
};

void Tale::open() {
  Entity at_home = hero_;
  composer_.set_fitting(at_home, "activity", "skill");
  if (composer_.chance(0.15)) {
    composer_.clear(hero_, {"country"});
    composer_.say("past_open_near", {&at_home});
  } else {
    composer_.say("past_open", {&at_home});
  }
  const bool is_kind = composer_.fits(hero_, "trait", "good") && composer_.chance(0.2);
  maybe(0.7, is_kind ? "past_person_kind" : "past_person", {&at_home});
}

// The hero goes somewhere: a place of a kind, at a time whose weather fits its month.
void Tale::day(std::string_view places) {
  set_time(composer_, hero_);
  set_motion(composer_, hero_);
  set_place(composer_, hero_, places);
  const bool is_fine = composer_.fits(hero_, "weather", "fine") && word_of(hero_, "activity") != kNoWord;
  composer_.say(is_fine && composer_.chance(0.5) ? "past_day_fine" : "past_day", {&hero_});
  composer_.set_fitting(hero_, "activity", "shared");
}

// What is seen or smelled; seldom the same twice.
void Tale::scene(bool is_outdoors) {
  const std::string_view season = composer_.text_of(hero_, "season");
  switch (composer_.below(3)) {
    case 0:
      if (composer_.text_of(hero_, "daytime") == "evening") composer_.set_fitting(hero_, "sight", "evening");
      composer_.say("past_sight", {&hero_});
      break;
    case 1:
      if (is_outdoors && (season == "spring" || season == "summer")) {
        const Entity flower = composer_.entity_fitting("flower", season);
        const Entity tree = composer_.entity_fitting("tree", "leafy");
        composer_.say("past_nature", {&flower, &tree});
      } else if (!is_outdoors) {
        const Entity smell = composer_.entity_fitting("dishfood", "smell");
        composer_.say("past_smells", {&smell});
      }
      break;
    default:
      break;
  }
}

void Tale::own() {
  const bool is_carried = composer_.fits(thing_, "thing", "pocket") && composer_.chance(0.6);
  composer_.say(is_carried ? "past_carries" : "past_owns", {&hero_, &thing_});
}

void Tale::be_sad(std::string_view cause, double probability) {
  composer_.set_fitting(hero_, "grief", cause);
  maybe(probability, "past_sad", {&hero_});
}

void Tale::supper(const Entity& host) {
  const Entity dish = composer_.entity_fitting("meal", "supper"), bowl = composer_.entity_fitting("meal", "bowl");
  const Entity sweet = composer_.entity_fitting("food", "dessert");
  if (composer_.chance(0.2)) {
    composer_.say("past_bowl", {&host, &bowl});
  } else {
    composer_.say("past_supper", {&host, &dish, &sweet});
  }
}

// The loss is noticed at home, and there somebody comes and helps to search, in the house or around it.
void Tale::lose_and_find() {
  own();
  if (composer_.chance(0.4)) {
    composer_.set_fitting(hero_, "handle", "fond");
    composer_.set_fitting(hero_, "manner", "care");
    composer_.say("past_cares", {&hero_, &thing_});
  }
  const bool is_outdoors = composer_.chance(0.6);
  day(is_outdoors ? "outdoors" : "indoors");
  scene(is_outdoors);
  composer_.say("past_lost", {&hero_, &thing_});
  be_sad("lost", 0.8);
  const bool is_stolen = composer_.fits(thing_, "thing", "pocket") && composer_.chance(0.7);
  set_spot(composer_, thing_, is_stolen ? "outdoors" : "indoors");
  do {
    composer_.set_fitting(hero_, "spot", "indoors");
  } while (word_of(hero_, "spot") == word_of(thing_, "spot"));
  composer_.set_fitting(hero_, "manner", "search");
  composer_.say("past_search", {&hero_});
  composer_.paragraph();
  composer_.say("past_friend_visits", {&hero_, &other_});
  speak("q_greets_sad", {&hero_}, other_, "plain");
  speak("q_lost", {&hero_, &thing_}, hero_, "sad");
  speak("q_offer_search", {&hero_}, other_, "answer");
  composer_.say(is_stolen || composer_.chance(0.7) ? "past_found" : "past_found_home", {&hero_, &thing_});
  if (is_stolen) {
    const Entity thief = composer_.entity_fitting("animal", "thief");
    composer_.say("past_thief", {&thief, &thing_});
  }
  speak("q_thanks", {&other_}, hero_, "glad");
  ask("lost", "ask_what_lost", {hero_}, "answer_lost", {hero_, thing_}, "thing", thing_.noun());
  ask("found", "ask_what_found", {hero_}, "answer_found", {thing_}, "spot", word_of(thing_, "spot"));
}

void Tale::give() {
  own();
  day("public");
  scene(true);
  composer_.say("past_friend_meets", {&hero_, &other_});
  speak("q_greets", {&hero_}, other_, "glad");
  composer_.set_fitting(other_, "manner", "look");
  composer_.set_fitting(other_, "handle", "look");
  maybe(0.6, "past_handles", {&other_, &thing_});
  speak("q_admire", {&thing_}, other_, "glad");
  composer_.set_fitting(hero_, "manner", "give");
  composer_.say("past_gives", {&hero_, &thing_, &other_});
  if (composer_.chance(0.7)) speak("q_give", {&other_, &thing_}, hero_, "plain");
  speak("q_thanks", {&hero_}, other_, "glad");
  composer_.say("past_owner", {&other_, &thing_});
  ask("receiver", "ask_to_whom", {hero_, thing_}, "answer_to_whom", {hero_, thing_, other_}, "name", other_.noun());
}

void Tale::rescue() {
  Entity animal = composer_.entity_fitting("animal", "rescued");
  set_animal_colour(composer_, animal);
  composer_.set_fitting(animal, "size", "creature");
  const bool has_sound = composer_.relate(animal, "sound", "animal");
  day("outdoors");
  scene(true);
  composer_.say("past_animal", {&hero_, &animal});
  if (has_sound) maybe(0.6, "past_animal_sound", {&animal});
  speak("q_poor", {&animal}, hero_, "tender");
  composer_.set_fitting(hero_, "manner", "care");
  composer_.say("past_animal_care", {&hero_, &animal});
  composer_.paragraph();
  composer_.say("past_animal_end", {&hero_, &animal});
  ask("which_animal", "ask_which_animal", {hero_}, "answer_which_animal", {hero_, animal}, "animal", animal.noun());
}

// The country that is travelled to is another one than the hero's own.
void Tale::travel() {
  Entity abroad = hero_;
  do {
    composer_.set(abroad, "country");
  } while (word_of(abroad, "country") == word_of(hero_, "country"));
  composer_.say("past_travel", {&hero_, &abroad});
  ask("country", "ask_which_country", {hero_}, "answer_which_country", {abroad}, "country",
      word_of(abroad, "country"));
  for (int line = 0; line < 2; ++line) {
    Entity there = hero_;
    refresh(composer_, there);
    composer_.set_fitting(there, "trait", "good");
    composer_.set_fitting(there, "weather", "fine");
    composer_.set_fitting(there, "activity", "skill");
    composer_.set_fitting(there, "sight", "abroad");
    composer_.say("past_abroad", {&there});
  }
  composer_.paragraph();
  set_time(composer_, hero_);
  composer_.say("past_abroad_friend", {&hero_, &other_});
  speak("q_welcome", {&hero_}, other_, "glad");
  supper(other_);
  composer_.say("past_return", {&hero_});
}

void Tale::compete(std::string_view key) {
  set_time(composer_, hero_);
  set_place(composer_, hero_, "sport");
  composer_.set_fitting(hero_, "pastime", key);
  composer_.set_fitting(hero_, "event", "contest");
  composer_.set_fitting(hero_, "manner", "compete");
  composer_.say("past_contest", {&hero_, &other_}).say("past_contest_day", {&hero_});
  composer_.say("past_contest_lead", {&hero_, &other_});
}

void Tale::win() {
  compete("contest");
  composer_.say("past_contest_won", {&hero_, &other_});
  speak("q_win", {&hero_}, other_, "glad");
  ask("winner", "ask_who_won", {hero_}, "answer_won", {hero_}, "name", hero_.noun());
}

void Tale::stop_to_help() {
  compete("tumble");
  composer_.set(other_, "body");
  composer_.say("past_contest_slip", {&hero_, &other_}).say("past_contest_tie", {&hero_, &other_});
  speak("q_fair", {&hero_}, other_, "plain");
}

void Tale::lose_to_a_friend() {
  compete("contest");
  composer_.say("past_contest_beaten", {&hero_, &other_});
  speak("q_win", {&other_}, hero_, "glad");
  ask("winner", "ask_who_won", {hero_}, "answer_won", {other_}, "name", other_.noun());
}

void Tale::trouble_at_work() {
  const bool is_gone = composer_.fits(hero_, "tool", "portable") && composer_.chance(0.5);
  composer_.say("past_job", {&hero_}).say(is_gone ? "past_tool_gone" : "past_tool_broken", {&hero_});
  be_sad("work", 0.8);
  composer_.say("past_friend_visits", {&hero_, &other_});
  speak("q_greets_sad", {&hero_}, other_, "plain");
  speak(is_gone ? "q_tool_gone" : "q_tool", {&hero_}, hero_, "sad");
  speak("q_offer", {&hero_}, other_, "answer");
  composer_.set_fitting(other_, "manner", "care");
  composer_.say(is_gone || composer_.chance(0.4) ? "past_tool_lent" : "past_tool_mended", {&hero_, &other_});
  speak("q_thanks", {&other_}, hero_, "glad");
  ask("helper", "ask_who_helped", {hero_}, "answer_helped", {hero_, other_}, "name", other_.noun());
}

void Tale::quarrel() {
  composer_.set_fitting(other_, "kin", "peer");
  composer_.say("past_quarrel", {&hero_, &other_}).say("past_quarrel_cause", {&hero_, &thing_, &other_});
  be_sad("quarrel", 1);
  set_time(composer_, hero_);
  composer_.set_fitting(hero_, "place", "outdoors");
  composer_.set_fitting(hero_, "activity", "shared");
  composer_.say("past_lonely", {&hero_});
  composer_.paragraph();
  composer_.say("past_peace", {&hero_, &other_});
  speak("q_sorry", {&other_}, hero_, "sad");
  speak("q_forgive", {&hero_}, other_, "answer");
}

void Tale::chores() {
  do {
    set_time(composer_, hero_);
  } while (!composer_.fits(hero_, "chore", "hours"));
  composer_.set_fitting(other_, "kin", "peer");
  composer_.set_fitting(hero_, "activity", "shared");
  composer_.set_fitting(hero_, "manner", "work");
  composer_.say("past_chore", {&hero_, &other_}).say("past_chore_friend", {&hero_, &other_});
  speak("q_ask_chore", {&hero_}, other_, "glad");
  speak("q_must", {&hero_}, hero_, "firm");
  composer_.say("past_chore_done", {&hero_});
  supper(hero_);
}

void Tale::storm() {
  day("outdoors");
  scene(true);
  composer_.say("past_friend_meets", {&hero_, &other_});
  speak("q_greets", {&hero_}, other_, "glad");
  composer_.say("past_storm", {&hero_});
  speak("q_storm", {&hero_}, other_, "glad");
  composer_.set_fitting(hero_, "place", "shelter");
  composer_.say("past_shelter", {&hero_, &other_});
  composer_.set_fitting(hero_, "activity", "told");
  maybe(0.7, "past_wait", {&hero_, &other_});
  composer_.say("past_storm_over", {&hero_, &other_});
  supper(other_);
}

// Another episode, with another friend.
void Tale::later() {
  composer_.paragraph();
  refresh(composer_, hero_);
  meet_somebody({hero_, other_});
  composer_.say("past_later", {&hero_});
}

void Tale::close(bool is_pair) {
  if (is_pair && composer_.chance(0.5)) {
    composer_.say("past_close_two", {&hero_, &other_});
  } else if (is_home_known() && composer_.chance(0.4)) {
    composer_.say("past_close_home", {&hero_});
  } else {
    composer_.say("past_close", {&hero_});
  }
}

struct Plot {
  void (Tale::*tell)();
  std::string_view lesson;  ///< the key of the lessons that it teaches
  bool is_pair;             ///< ends with the hero and a friend
  bool needs_adult;
};

constexpr Plot kPlots[] = {{&Tale::lose_and_find, "lost", true, false},
                           {&Tale::give, "gift", true, false},
                           {&Tale::rescue, "rescue", false, false},
                           {&Tale::travel, "travel", false, true},
                           {&Tale::win, "won", true, false},
                           {&Tale::stop_to_help, "helped", true, false},
                           {&Tale::lose_to_a_friend, "beaten", true, false},
                           {&Tale::trouble_at_work, "work", true, true},
                           {&Tale::quarrel, "quarrel", true, false},
                           {&Tale::chores, "chores", true, false},
                           {&Tale::storm, "storm", true, false}};
constexpr size_t kSequels[] = {2, 9, 10};  // what can happen after anything else

}  // namespace

TalePlan plan_tale(Composer& composer, TaleWish wish) {
  TalePlan plan;
  plan.plot = composer.below(std::size(kPlots));
  const Plot& plot = kPlots[plan.plot];
  const bool is_adult = plot.needs_adult || wish == TaleWish::kJob || composer.chance(0.5);
  plan.hero = full_person(composer, {}, is_adult ? Age::kAdult : Age::kChild);
  if (plot.tell == &Tale::trouble_at_work) {
    while (!composer.relate(plan.hero, "tool", "job")) composer.set(plan.hero, "job");
    composer.relate(plan.hero, "work", "job");
  }
  composer.set_fitting(plan.hero, "lesson", plot.lesson);
  return plan;
}

std::vector<Question> tell_tale(Composer& composer, TalePlan plan, TaleWish wish) {
  const Plot* plot = &kPlots[plan.plot];
  Tale tale(composer, std::move(plan.hero));
  tale.open();
  (tale.*plot->tell)();
  if (wish == TaleWish::kLesson || composer.chance(0.3)) {
    tale.lesson();
  } else if (composer.chance(0.4)) {
    tale.later();
    const Plot* sequel = plot;
    while (sequel == plot) sequel = &kPlots[kSequels[composer.below(std::size(kSequels))]];
    (tale.*sequel->tell)();
    plot = sequel;
  }
  tale.close(plot->is_pair);
  return tale.take_questions();
}

}  // namespace vitrine::data
