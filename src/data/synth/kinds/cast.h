// People, animals and things of the full level with everything that can be said of them.
#pragma once

#include "data/synth/composer.h"

namespace vitrine::data {

/// A child has no trade, a grown-up is no girl or boy: the words that are not true of a person are missing, and the
/// rules that need them are not used.
enum class Age { kChild, kAdult };

/// Draws a person, none of `others`, with a word of every class that is said of people of that age.
Entity full_person(Composer& composer, const std::vector<Entity>& others = {}, Age age = Age::kAdult);

/// Draws what is true of a person for a while anew, keeping who it is: for the next episode of a text.
void refresh(Composer& composer, Entity& person);

/// Draws a season for a person's words with a month and weather of that season, and a time of day.
void set_time(Composer& composer, Entity& person);

/// Draws a place that fits a key, and what one does there where the tables know something.
void set_place(Composer& composer, Entity& person, std::string_view key);

/// Draws a way to go and a manner that suits it.
void set_motion(Composer& composer, Entity& person);

/// Draws a thing with its looks, spot and use; with a key, one that fits it.
Entity full_thing(Composer& composer, const std::vector<Entity>& others = {}, std::string_view key = {});

/// Returns how bulky a thing is: small, medium or large, the key of its spots and sizes.
std::string_view bulk(const Composer& composer, const Entity& thing);

/// Draws a spot where such a thing can be; with a key, one that fits it as well.
void set_spot(Composer& composer, Entity& thing, std::string_view key = {});

/// Draws a quality that such things have; with a key, one that fits it as well.
void set_quality(Composer& composer, Entity& thing, std::string_view key = {});

/// Draws an animal with its looks and what is known of it.
Entity full_animal(Composer& composer, const std::vector<Entity>& others = {});

/// Gives a thing a material of which such things are made. Returns false where the tables know none.
bool set_material(Composer& composer, Entity& thing);

/// Gives an animal a colour that such animals have.
void set_animal_colour(Composer& composer, Entity& animal);

/// A spot in the house or beside it where the animal can sleep.
void set_pet_spot(Composer& composer, Entity& animal);

/// Gives an entity the word of the group under which the lexicon lists it.
void set_group(Composer& composer, Entity& entity);

}  // namespace vitrine::data
