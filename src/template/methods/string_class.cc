// Methods of strings that ask what kind of characters they hold: isdigit, isupper, ...
#include "template/code_points.h"
#include "template/interpreter.h"
#include "template/methods/catalog.h"
#include "template/unicode/characters.h"

namespace vitrine::templates {
namespace {

bool is_alphanumeric(uint32_t character) { return is_letter(character) || is_numeric(character); }
bool is_ascii(uint32_t character) { return character < 0x80; }

/// Tells whether all characters are of a class; `for_empty` answers for the empty text.
template <bool (*kMember)(uint32_t), bool kForEmpty>
Value all_are(Interpreter& interpreter, const Value& self, const BoundArguments&) {
  interpreter.budget().charge(1 + self.text().size());
  for (size_t at = 0; at < self.bytes().size();) {
    const auto [character, length] = code_point_at(self.bytes(), at);
    if (!kMember(character)) return Value::boolean(false);
    at += length;
  }
  return Value::boolean(kForEmpty || !self.text().empty());
}

/// Tells whether there is a cased character and all are of the wanted case.
template <bool (*kWanted)(uint32_t), bool (*kUnwanted)(uint32_t)>
Value all_cased_are(Interpreter& interpreter, const Value& self, const BoundArguments&) {
  interpreter.budget().charge(1 + self.text().size());
  bool found = false;
  for (size_t at = 0; at < self.bytes().size();) {
    const auto [character, length] = code_point_at(self.bytes(), at);
    if (kUnwanted(character)) return Value::boolean(false);
    found = found || kWanted(character);
    at += length;
  }
  return Value::boolean(found);
}

/// Tells whether words begin with upper case and go on in lower case.
Value is_title(Interpreter& interpreter, const Value& self, const BoundArguments&) {
  interpreter.budget().charge(1 + self.text().size());
  bool found = false, after_cased = false;
  for (size_t at = 0; at < self.bytes().size();) {
    const auto [character, length] = code_point_at(self.bytes(), at);
    if ((is_upper(character) && after_cased) || (is_lower(character) && !after_cased)) return Value::boolean(false);
    after_cased = is_upper(character) || is_lower(character);
    found = found || after_cased;
    at += length;
  }
  return Value::boolean(found);
}

constexpr NativeFunction kStringClassMethods[] = {
    {"isalnum", {}, 0, all_are<is_alphanumeric, false>},   {"isalpha", {}, 0, all_are<is_letter, false>},
    {"isascii", {}, 0, all_are<is_ascii, true>},           {"isdecimal", {}, 0, all_are<is_decimal, false>},
    {"isdigit", {}, 0, all_are<is_decimal, false>},        {"islower", {}, 0, all_cased_are<is_lower, is_upper>},
    {"isnumeric", {}, 0, all_are<is_numeric, false>},      {"isprintable", {}, 0, all_are<is_printable, true>},
    {"isspace", {}, 0, all_are<is_space, false>},          {"istitle", {}, 0, is_title},
    {"isupper", {}, 0, all_cased_are<is_upper, is_lower>},
};

}  // namespace

std::span<const NativeFunction> string_class_methods() { return kStringClassMethods; }

}  // namespace vitrine::templates
