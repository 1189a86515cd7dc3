// A JSON document as a tree that keeps what schemas need: the order of members, and numbers as exact decimals.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/decimal.h"

namespace vitrine::schema {

enum class JsonKind : uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

struct JsonMember;

/// One value. Members keep their order, and no key stands twice.
struct JsonValue {
  using Member = JsonMember;

  JsonKind kind = JsonKind::kNull;
  std::string string;            ///< of a string, as UTF-8
  Decimal number;                ///< of a number
  std::vector<JsonValue> items;  ///< of an array
  std::vector<Member> members;   ///< of an object
  /// Of a schema that a compiler made: it says what that schema says, or with `is_negation` the opposite.
  const JsonValue* stands_for = nullptr;
  bool is_negation = false;

  bool is(JsonKind wanted) const { return kind == wanted; }
  /// Returns the member with this key, or null where there is none or this is no object.
  const JsonValue* find(std::string_view key) const;
};

/// A key with its value.
struct JsonMember {
  std::string first;
  JsonValue second;
};

/// Tells whether two values are the same in the sense of JSON Schema: numbers by value, objects in any order.
bool json_equal(const JsonValue& a, const JsonValue& b);

/// What becomes of a key that stands twice in one object.
enum class RepeatedKeys : uint8_t { kRefused, kLastWins };

/// Reads one JSON text. `operation` begins the messages, `max_depth` bounds the nesting.
/// Errors: kInvalidArgument for text that is not JSON, repeated keys where they are refused, nesting that is too deep.
JsonValue parse_json(std::string_view text, std::string_view operation, int max_depth = 128,
                     RepeatedKeys repeated_keys = RepeatedKeys::kRefused);

/// Returns the name that JSON Schema has for the type of a value; whole numbers are "integer".
std::string_view json_type_name(const JsonValue& value);

/// Writes a value as compact JSON.
std::string json_to_text(const JsonValue& value);

/// Writes a string with its quotes and escapes.
std::string json_quoted(std::string_view text);

}  // namespace vitrine::schema
