// Regular English inflection, and the sound that a word begins with.
#pragma once

#include <string>
#include <string_view>

namespace vitrine::data {

/// Returns the regular plural of a noun (last word of a compound): boxes, berries, hats.
std::string plural_of(std::string_view noun);

/// Returns the third person of a verb: goes, carries, sings.
std::string third_person_of(std::string_view verb);

/// Returns the regular past of a verb: carried, planned, painted.
std::string past_of(std::string_view verb);

/// Returns the present participle of a verb: taking, running, lying.
std::string ing_of(std::string_view verb);

/// Returns the comparative (er) or superlative (est) of a short adjective: bigger, happiest.
std::string compared(std::string_view adjective, std::string_view ending);

/// Tells whether "an" stands before this word or number.
bool begins_with_vowel_sound(std::string_view word);

}  // namespace vitrine::data
