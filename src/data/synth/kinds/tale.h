// Stories of the full level, told in the past, with the questions that they answer.
#pragma once

#include <vector>

#include "data/synth/composer.h"
#include "data/synth/situation.h"

namespace vitrine::data {

/// What a story is going to be: its hero, old enough for the plot and with the lesson that the plot teaches.
struct TalePlan {
  Entity hero;
  size_t plot = 0;
};

/// What the story was asked for; it says so then.
enum class TaleWish { kNone, kJob, kLesson };

/// Draws a plot and its hero; for kJob one who has a trade.
TalePlan plan_tale(Composer& composer, TaleWish wish = TaleWish::kNone);

/// Tells the story in the composer's text. Returns questions whose answers stand in it.
std::vector<Question> tell_tale(Composer& composer, TalePlan plan, TaleWish wish = TaleWish::kNone);

}  // namespace vitrine::data
