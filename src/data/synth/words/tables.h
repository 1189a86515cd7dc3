// The word tables. A line is `class [key=value ...]: words`; a star marks the words of the small level, slashes give
// irregular forms (noun/plural, verb/past/ing, adjective/comparative/superlative, place/preposition, number/value),
// an underscore stands for a space. `fact class of=class: word=entry` makes a word of the first
// class that is true of a word of the second (what a baker does). `fits class of=key,key: words` lists the words of a
// class that go with a key; the small level has neither facts nor fits.
#pragma once

#include <span>
#include <string_view>

namespace vitrine::data {

extern const std::string_view kPeopleWords;
extern const std::string_view kAnimalWords;
extern const std::string_view kThingWords;
extern const std::string_view kPlaceWords;
extern const std::string_view kPropertyWords;
extern const std::string_view kVerbWords;
extern const std::string_view kFittingWords;
extern const std::string_view kFittingThings;

/// Returns all word tables, in the order in which they are read.
std::span<const std::string_view> word_tables();

}  // namespace vitrine::data
