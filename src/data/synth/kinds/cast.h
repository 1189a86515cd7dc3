// People, animals and things of the full level with everything that can be said of them.
#pragma once

#include "data/synth/composer.h"

namespace vitrine::data {

/// Draws a person, none of `others`, with a word of every class that is said of people.
Entity full_person(Composer& composer, const std::vector<Entity>& others = {});

/// Draws all words of a person anew, keeping who it is: for the next episode of a text.
void refresh(Composer& composer, Entity& person);

/// Draws a thing with its looks, spot and use.
Entity full_thing(Composer& composer, const std::vector<Entity>& others = {});

/// Draws an animal with its looks and what is known of it.
Entity full_animal(Composer& composer, const std::vector<Entity>& others = {});

/// Gives a thing a material of which such things are made.
void set_material(Composer& composer, Entity& thing);

/// Gives an animal a colour that animals have.
void set_animal_colour(Composer& composer, Entity& animal);

/// Gives an entity the word of the group under which the lexicon lists it.
void set_group(Composer& composer, Entity& entity);

}  // namespace vitrine::data
