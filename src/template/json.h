// JSON to values and back. No JSON library shows here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "template/limits.h"
#include "template/value.h"

namespace vitrine::templates {

/// Reads JSON (messages, tools, a whole set of variables). Order of keys is kept; of equal keys the last counts. All
/// strings and numbers get the origin. Integers up to 1e308 are kept.
/// Errors: kInvalidArgument for text that is no JSON, or nested deeper than kMaxValueDepth.
Value value_from_json(std::string_view json, Origin origin = Origin::kInput);

/// How write_json lays its result out, as Python's json.dumps.
struct JsonLayout {
  std::optional<std::string> indent;  ///< text of one level; nothing for one line
  std::string item_separator = ", ";
  std::string key_separator = ": ";
  bool ascii_only = false;
  bool sort_keys = false;
  Origin origin = Origin::kTemplate;  ///< of indent and separators
};

/// Returns json.dumps(value): input if anything in the value is input.
/// Errors: kInvalidArgument for what JSON cannot hold: an undefined value, a function.
Text write_json(const Value& value, const JsonLayout& layout, Budget& budget);

}  // namespace vitrine::templates
