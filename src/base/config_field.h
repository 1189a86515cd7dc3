// A config lists its fields once; TOML, JSON, --set, help and the docs use that list.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vitrine {

/// One field of a config struct: where it lives and what it may hold.
struct ConfigField {
  std::string name;  ///< snake_case, unique within the config
  std::variant<int64_t*, double*, bool*, std::string*> target;
  std::string help;
  double min = -1e300;
  double max = 1e300;
  std::vector<std::string> choices = {};  ///< legal texts; empty: any
};
using ConfigFields = std::vector<ConfigField>;

/// Finds a field. Errors: kInvalidArgument naming the key, with the nearest known one as the hint.
ConfigField& find_field(ConfigFields& fields, std::string_view name, std::string_view where);

/// Parses and stores a value. Errors: kInvalidArgument naming field, value and range. `where` opens the message.
void set_field(ConfigFields& fields, std::string_view name, std::string_view value, std::string_view where);

/// Stores `key=value`, the form of --set.
void set_field_from_assignment(ConfigFields& fields, std::string_view assignment);

/// The value as text, in a form that set_field reads back exactly.
std::string field_text(const ConfigField& field);

/// All fields as a JSON object, in order, with typed values.
std::string fields_to_json(const ConfigFields& fields, int indent = 2);

/// Reads a JSON object as fields_to_json wrote it; keys that are missing keep their values.
/// Errors: kCorruptData for malformed JSON, kInvalidArgument for an unknown key or a bad value.
void fields_from_json(ConfigFields& fields, std::string_view json, std::string_view where);

/// Reads the `key = value` pairs of a TOML document; table headers only group them.
/// Errors: kInvalidArgument with the line, for malformed TOML, an unknown key or a bad value.
void fields_from_toml(ConfigFields& fields, std::string_view toml, std::string_view where);

/// A whole number as people write it, 1000 or 1e3; nothing for anything else.
std::optional<int64_t> parse_whole_number(std::string_view text);

/// A bound as people read it: 1048576 and 0.5, and not 1.04858e+06; from 1e15 on with an exponent.
std::string bound_text(double bound);

/// The candidate with the smallest edit distance, or "" when none is near; before one that is far, one that has the name as a
/// word: --max-tokens for --tokens.
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

}  // namespace vitrine
