// Regular expressions as trees over sets of code points, and the reader of ECMA-262's notation.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "schema/code_point_set.h"

namespace vitrine::schema {

/// A node of a regular expression.
struct Regex {
  enum class Kind : uint8_t {
    kSet,          ///< one character of `set`
    kConcat,       ///< the parts one after another; no parts: the empty text
    kAlternation,  ///< one of the parts
    kRepeat,       ///< parts[0], `min` to `max` times
    kBegin,        ///< nothing, at the start of the text only
    kEnd,          ///< nothing, at the end of the text only
  };
  static constexpr uint32_t kUnbounded = 0xFFFFFFFF;

  Kind kind = Kind::kConcat;
  CodePointSet set;
  std::vector<Regex> parts;
  uint32_t min = 0;
  uint32_t max = 0;

  /// Returns the repetition where this is one of a single set between anchors, "^[...]{m,n}$"; else null. Its counts may be
  /// too large for an automaton: a counter does for them.
  const Regex* single_loop() const;

  static Regex of(CodePointSet set);
  static Regex concat(std::vector<Regex> parts);
  static Regex alternation(std::vector<Regex> parts);
  static Regex repeat(Regex part, uint32_t min, uint32_t max);
  static Regex text(const std::vector<uint32_t>& code_points);
};

/// Reads a pattern of JSON Schema: ECMA-262's notation with the `u` flag, without look-around, back references,
/// word boundaries and properties (\p), which are refused by name. \d, \w and \s are ECMA's.
/// Errors: kInvalidArgument for a broken pattern, kUnsupported for what is refused; `operation` begins the message.
Regex parse_regex(std::string_view pattern, std::string_view operation);

}  // namespace vitrine::schema
