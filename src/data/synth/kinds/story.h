// The plots of stories, shared by the plain story and the story that was asked for.
#pragma once

#include "data/synth/composer.h"

namespace vitrine::data {

/// Tells a story about a child and its thing.
void tell_thing_story(Composer& composer, Entity person, Entity thing);

/// Tells a story about a child and an animal that it meets.
void tell_pet_story(Composer& composer, Entity person, Entity animal);

/// Tells a story about an animal.
void tell_animal_story(Composer& composer, Entity animal);

/// Tells a story about people who share food.
void tell_food_story(Composer& composer, Entity person, Entity food);

}  // namespace vitrine::data
