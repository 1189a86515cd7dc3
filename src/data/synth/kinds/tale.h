// Stories of the full level, told in the past, with the questions that they answer.
#pragma once

#include <vector>

#include "data/synth/composer.h"
#include "data/synth/situation.h"

namespace vitrine::data {

/// Tells one story about `hero` in the composer's text. Returns questions whose answers stand in it.
std::vector<Question> tell_tale(Composer& composer, Entity hero);

}  // namespace vitrine::data
