#include "data/synth/inflection.h"

#include <array>
#include <cctype>

namespace vitrine::data {
namespace {

bool is_vowel(char c) { return std::string_view("aeiou").find(c) != std::string_view::npos; }

bool ends_with_hiss(std::string_view word) {
  for (const std::string_view end : {"s", "x", "z", "ch", "sh"}) {
    if (word.ends_with(end)) return true;
  }
  return false;
}

bool ends_with_consonant_y(std::string_view word) {
  return word.size() > 1 && word.ends_with('y') && !is_vowel(word[word.size() - 2]);
}

int num_vowel_groups(std::string_view word) {
  int groups = 0;
  for (size_t i = 0; i < word.size(); ++i) {
    const bool here = is_vowel(word[i]) || (i > 0 && word[i] == 'y');
    const bool before = i > 0 && (is_vowel(word[i - 1]) || (i > 1 && word[i - 1] == 'y'));
    if (here && !before) ++groups;
  }
  return groups;
}

// One short syllable, one vowel, one consonant: plan, stop, big. Longer words are listed with their forms.
bool doubles_last(std::string_view word) {
  if (word.size() < 3 || num_vowel_groups(word) != 1) return false;
  const char last = word.back();
  return !is_vowel(last) && std::string_view("wxy").find(last) == std::string_view::npos &&
         is_vowel(word[word.size() - 2]) && !is_vowel(word[word.size() - 3]);
}

std::string add_s(std::string_view word) {
  std::string out(word);
  if (ends_with_consonant_y(word)) return out.substr(0, out.size() - 1) + "ies";
  if (ends_with_hiss(word)) return out + "es";
  return out + "s";
}

}  // namespace

std::string plural_of(std::string_view noun) { return add_s(noun); }

std::string third_person_of(std::string_view verb) {
  // Phrasal verbs inflect their first word: picks up.
  if (const size_t space = verb.find(' '); space != std::string_view::npos) {
    return third_person_of(verb.substr(0, space)) + std::string(verb.substr(space));
  }
  if (verb.ends_with("o")) return std::string(verb) + "es";
  return add_s(verb);
}

std::string past_of(std::string_view verb) {
  if (const size_t space = verb.find(' '); space != std::string_view::npos) {
    return past_of(verb.substr(0, space)) + std::string(verb.substr(space));
  }
  std::string out(verb);
  if (verb.ends_with("e")) return out + "d";
  if (ends_with_consonant_y(verb)) return out.substr(0, out.size() - 1) + "ied";
  if (doubles_last(verb)) out += verb.back();
  return out + "ed";
}

std::string ing_of(std::string_view verb) {
  if (const size_t space = verb.find(' '); space != std::string_view::npos) {
    return ing_of(verb.substr(0, space)) + std::string(verb.substr(space));
  }
  std::string out(verb);
  if (verb.ends_with("ie")) return out.substr(0, out.size() - 2) + "ying";
  if (verb.ends_with("e") && !verb.ends_with("ee") && !verb.ends_with("oe"))
    return out.substr(0, out.size() - 1) + "ing";
  if (doubles_last(verb)) out += verb.back();
  return out + "ing";
}

std::string compared(std::string_view adjective, std::string_view ending) {
  std::string out(adjective);
  if (adjective.ends_with("e")) return out + std::string(ending.substr(1));
  if (ends_with_consonant_y(adjective)) {
    out.back() = 'i';
  } else if (doubles_last(adjective)) {
    out += adjective.back();
  }
  return out + std::string(ending);
}

bool begins_with_vowel_sound(std::string_view word) {
  if (word.empty()) return false;
  if (std::isdigit(static_cast<unsigned char>(word[0]))) {
    return word[0] == '8' || ((word == "11" || word == "18") && word.size() == 2);
  }
  std::string lower(word);
  lower[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(lower[0])));
  for (const std::string_view silent : {"hour", "honest", "heir", "honour"}) {
    if (lower.starts_with(silent)) return true;
  }
  for (const std::string_view sounded : {"uni", "use", "usu", "uku", "euro", "one", "once", "eucal", "ute"}) {
    if (lower.starts_with(sounded)) return lower.starts_with("unin") || lower.starts_with("unim");
  }
  return is_vowel(lower[0]);
}

}  // namespace vitrine::data
