#include "data/synth/lexicon.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/error.h"
#include "data/synth/digits.h"
#include "data/synth/inflection.h"
#include "data/synth/words/tables.h"

namespace vitrine::data {
namespace {

bool is_word_char(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '\'' || c == '-'; }

std::vector<std::string_view> split_on(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = text.find_first_not_of(separators, at);
    if (begin == std::string_view::npos) break;
    const size_t end = std::min(text.find_first_of(separators, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    at = end;
  }
  return parts;
}

// The value of `key` in "kind=toy prep=in", empty where it is not there.
std::string_view option(std::string_view options, std::string_view key) {
  for (const std::string_view part : split_on(options, " ")) {
    const size_t equals = part.find('=');
    if (equals != std::string_view::npos && part.substr(0, equals) == key) return part.substr(equals + 1);
  }
  return {};
}

std::string with_spaces(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c == '_' ? ' ' : c;
  return out;
}

Gender gender_of(std::string_view name) {
  return name == "m" ? Gender::kMale : name == "f" ? Gender::kFemale : Gender::kThing;
}

// How the words of a table line inflect: option `as`, unless the class itself says so.
std::string_view inflection_of(std::string_view options) {
  const std::string_view as = option(options, "as");
  return as.empty() ? std::string_view("noun") : as;
}

}  // namespace

std::vector<std::string_view> split_tokens(std::string_view text) {
  std::vector<std::string_view> tokens;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    size_t end = at + 1;
    if (std::isspace(static_cast<unsigned char>(c))) {
      ++at;
      continue;
    }
    if (is_digit(c)) {
      while (end < text.size() &&
             (is_digit(text[end]) || (text[end] == '.' && end + 1 < text.size() && is_digit(text[end + 1])))) {
        ++end;
      }
    } else if (std::isalpha(static_cast<unsigned char>(c))) {
      while (end < text.size() && is_word_char(text[end])) ++end;
      while (text[end - 1] == '-' || (text[end - 1] == '\'' && end - at > 1)) --end;
      if (end - at > 2 && text.substr(end - 2, 2) == "'s") end -= 2;
    } else if (c == '\'' && at + 1 < text.size() && text[at + 1] == 's') {
      end = at + 2;
    }
    tokens.push_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

Lexicon::Lexicon(Level level) {
  for (const std::string_view table : word_tables()) read_table(table, level);
}

void Lexicon::read_table(std::string_view table, Level level) {
  for (const std::string_view line : split_on(table, "\n")) {
    if (line.find(':') != std::string_view::npos) read_line(line, level);
  }
}

void Lexicon::read_line(std::string_view line, Level level) {
  const size_t colon = line.find(':');
  const std::string_view head = line.substr(0, colon);
  const std::vector<std::string_view> head_parts = split_on(head, " ");
  const std::vector<std::string_view> entries = split_on(line.substr(colon + 1), " ");
  if (head_parts[0] == "fact") {
    class_for(head_parts[1]);
    if (level == Level::kFull) read_facts(head, entries);
    return;
  }
  if (head_parts[0] == "fits") {
    read_fits(head, entries, level);
    return;
  }
  const ClassId id = class_for(head_parts[0]);
  const std::string_view group_name = option(head, "group");
  std::optional<WordId> group;
  for (std::string_view entry : entries) {
    const bool is_small = entry.starts_with('*');
    if (is_small) entry.remove_prefix(1);
    if (level == Level::kSmall && !is_small) continue;
    if (!group.has_value()) {
      group = kNoWord;
      if (!group_name.empty()) {
        const ClassId group_class = class_for("group");
        group = find(group_class, with_spaces(group_name.substr(0, group_name.find('/'))));
        if (*group == kNoWord) {
          group = static_cast<WordId>(words_.size());
          add_word(group_name, group_class, kNoWord, "");
        }
      }
    }
    add_word(entry, id, *group, head);
  }
}

void Lexicon::read_facts(std::string_view head, const std::vector<std::string_view>& entries) {
  const ClassId relation = class_id(split_on(head, " ")[1]);
  const ClassId of = class_id(option(head, "of"));
  for (const std::string_view entry : entries) {
    const size_t equals = entry.find('=');
    VITRINE_CHECK(equals != std::string_view::npos, std::string(entry));
    const WordId subject = find(of, with_spaces(entry.substr(0, equals)));
    VITRINE_CHECK(subject != kNoWord, "a fact of an unknown word: " + std::string(entry));
    const std::string_view said = entry.substr(equals + 1);
    const std::string text = with_spaces(said.substr(0, said.find('/')));
    if (find(relation, text) == kNoWord) add_word(said, relation, kNoWord, head);
    facts_[static_cast<uint32_t>(relation) << 16 | subject] = find(relation, text);
  }
}

void Lexicon::read_fits(std::string_view head, const std::vector<std::string_view>& entries, Level level) {
  const std::string name(split_on(head, " ")[1]);
  const ClassId id = class_id(name);
  for (const std::string_view key : split_on(option(head, "of"), ",")) {
    std::vector<WordId>& fitting = fits_[name + ' ' + with_spaces(key)];
    for (const std::string_view entry : entries) {
      const WordId word = find(id, with_spaces(entry));
      VITRINE_CHECK(word != kNoWord || level == Level::kSmall, "what fits is no " + name + ": " + std::string(entry));
      if (word != kNoWord && std::find(fitting.begin(), fitting.end(), word) == fitting.end()) fitting.push_back(word);
    }
  }
}

std::span<const WordId> Lexicon::fitting(ClassId id, std::string_view key) const {
  const auto found = fits_.find(class_names_[id] + ' ' + std::string(key));
  return found == fits_.end() ? std::span<const WordId>() : found->second;
}

void Lexicon::add_word(std::string_view entry, ClassId id, WordId group, std::string_view options) {
  const std::vector<std::string_view> parts = split_on(entry, "/");
  const std::string text = with_spaces(parts[0]);
  const auto extra = [&](size_t i) {
    return i < parts.size() && parts[i] != "-" ? with_spaces(parts[i]) : std::string();
  };
  const auto or_else = [](std::string listed, std::string regular) { return listed.empty() ? regular : listed; };
  const WordId word_id = static_cast<WordId>(words_.size());
  VITRINE_CHECK(words_.size() < kNoWord, "too many words");
  words_.push_back({.text = text, .word_class = id, .gender = gender_of(option(options, "gender")), .group = group});
  words_by_class_[id].push_back(word_id);
  add_form(word_id, Form::kBase, text);
  const std::string_view as = inflection_of(options);
  if (as == "noun") {
    const bool is_mass = option(options, "mass") == "yes";
    add_form(word_id, Form::kPlural, is_mass ? text : or_else(extra(1), plural_of(text)));
  } else if (as == "verb") {
    add_form(word_id, Form::kThird, or_else(extra(3), third_person_of(text)));
    add_form(word_id, Form::kPast, or_else(extra(1), past_of(text)));
    add_form(word_id, Form::kIng, or_else(extra(2), ing_of(text)));
  } else if (as == "place") {
    const std::string_view listed = option(options, "prep");
    const std::string preposition = or_else(extra(1), listed.empty() ? "in" : with_spaces(listed));
    add_form(word_id, Form::kIn, preposition + " the " + text);
    add_form(word_id, Form::kTo, "to the " + text);
  } else if (as == "adjective") {
    // A dash stands for a long adjective, which is compared with more and most.
    const bool is_long = parts.size() > 1 && parts[1] == "-";
    add_form(word_id, Form::kMore, is_long ? "more " + text : or_else(extra(1), compared(text, "er")));
    add_form(word_id, Form::kMost, is_long ? "most " + text : or_else(extra(2), compared(text, "est")));
  } else if (as == "number") {
    words_[word_id].value = std::stoll(std::string(parts.at(1)));
  }
}

void Lexicon::add_form(WordId id, Form form, const std::string& text) {
  std::vector<FormId> tokens;
  for (const std::string_view token : split_tokens(text)) tokens.push_back(intern(token));
  surfaces_[tokens[0]].push_back({id, form});
  words_[id].forms[static_cast<size_t>(form)] = std::move(tokens);
}

ClassId Lexicon::class_for(std::string_view name) {
  for (size_t i = 0; i < class_names_.size(); ++i) {
    if (class_names_[i] == name) return static_cast<ClassId>(i);
  }
  VITRINE_CHECK(class_names_.size() < kNoClass, "too many word classes");
  class_names_.emplace_back(name);
  words_by_class_.emplace_back();
  return static_cast<ClassId>(class_names_.size() - 1);
}

ClassId Lexicon::class_id(std::string_view name) const {
  for (size_t i = 0; i < class_names_.size(); ++i) {
    if (class_names_[i] == name) return static_cast<ClassId>(i);
  }
  VITRINE_CHECK(false, "no word class '" + std::string(name) + "'");
  return kNoClass;
}

WordId Lexicon::find(ClassId id, std::string_view text) const {
  for (const WordId word_id : words_by_class_[id]) {
    if (words_[word_id].text == text) return word_id;
  }
  return kNoWord;
}

std::vector<WordId> Lexicon::words_in_group(ClassId id, std::string_view group) const {
  std::vector<WordId> found;
  for (const WordId word_id : words_by_class_[id]) {
    const WordId of = words_[word_id].group;
    if (of != kNoWord && words_[of].text == group) found.push_back(word_id);
  }
  return found;
}

WordId Lexicon::fact(ClassId relation, WordId subject) const {
  const auto found = facts_.find(static_cast<uint32_t>(relation) << 16 | subject);
  return found == facts_.end() ? kNoWord : found->second;
}

FormId Lexicon::intern(std::string_view text) {
  const auto [at, is_new] = token_ids_.try_emplace(std::string(text), static_cast<FormId>(tokens_.size()));
  if (is_new) {
    tokens_.emplace_back(text);
    surfaces_.emplace_back();
  }
  return at->second;
}

FormId Lexicon::find_token(std::string_view text) const {
  const auto found = token_ids_.find(std::string(text));
  return found == token_ids_.end() ? kNoToken : found->second;
}

std::span<const Surface> Lexicon::surfaces_at(FormId id) const { return surfaces_[id]; }

}  // namespace vitrine::data
