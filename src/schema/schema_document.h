// A schema as a document: its keywords checked, its references followed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "schema/dfa.h"
#include "schema/grammar.h"
#include "schema/json_value.h"

namespace vitrine::schema {

/// Bits of the types that JSON Schema names; "number" is both kNumberBit (not whole) and kIntegerBit.
enum TypeBits : uint8_t {
  kNullBit = 1,
  kBooleanBit = 2,
  kIntegerBit = 4,
  kNumberBit = 8,
  kStringBit = 16,
  kArrayBit = 32,
  kObjectBit = 64,
  kAnyType = 127,
};

/// Returns the bits of a type's name, 0 for a name that is none.
uint8_t type_bits(std::string_view name);
/// Returns the bit of a value's type; a whole number is kIntegerBit.
uint8_t type_of(const JsonValue& value);

class SchemaRewriter;

/// A parsed schema. Subschemas are known by their address in it.
class SchemaDocument {
 public:
  /// Errors: kInvalidArgument for what is no JSON, or no object or boolean.
  SchemaDocument(std::string_view text, const JsonSchemaOptions& options, std::string_view operation);

  ~SchemaDocument();
  SchemaDocument(const SchemaDocument&) = delete;
  SchemaDocument& operator=(const SchemaDocument&) = delete;

  const JsonValue& root() const { return root_; }
  std::string_view operation() const { return operation_; }

  /// Checks the keywords of one subschema, once: every one known, none refused, values of the right kind.
  /// Errors: kInvalidArgument for a broken one, kUnsupported for one that is refused, both by keyword and place.
  void check(const JsonValue& schema);
  /// Returns what the `$ref` of a schema means. Errors: kInvalidArgument where there is nothing, kUnsupported outside.
  const JsonValue& resolve(const JsonValue& schema, std::string_view reference) const;
  /// Returns a member of an object of the schema, however many it has; nullptr where there is none.
  const JsonValue* member(const JsonValue& object, std::string_view name);
  /// Returns the language of a pattern: the texts in which it matches somewhere. Errors: as parse_regex() and Dfa.
  const Dfa& pattern(const std::string& text);
  /// Tells whether a pattern matches somewhere in a text. Errors: as pattern().
  bool matches(const std::string& pattern, const std::vector<uint32_t>& text);
  /// What makes further schemas of this one's.
  SchemaRewriter& rewriter() { return *rewriter_; }
  /// For making automata of this schema: they share a bound on their work.
  DfaMaking making() { return {operation_, &dfa_work_left_}; }
  /// Counts work on this schema. Errors: kUnsupported where it is too much.
  void spend(size_t work);
  /// Throws with the keyword and its place in the schema.
  [[noreturn]] void broken(const JsonValue& schema, std::string_view keyword, std::string_view what,
                           std::string_view hint = {}) const;
  [[noreturn]] void unsupported(const JsonValue& schema, std::string_view keyword, std::string_view what) const;
  /// Returns where a subschema stands, as "#/properties/name".
  std::string place_of(const JsonValue& schema) const;

 private:
  void find_anchors(const JsonValue& value);
  void check_keyword(const JsonValue& schema, const JsonValue::Member& member);
  void check_value(const JsonValue& schema, const JsonValue::Member& member) const;
  static bool means_nothing(const JsonValue::Member& member);

  std::string operation_;
  JsonSchemaOptions options_;
  JsonValue root_;
  std::string id_;
  std::unordered_map<std::string, const JsonValue*> anchors_;
  std::unordered_set<const JsonValue*> checked_;
  std::unordered_map<std::string, Dfa> patterns_;
  std::unordered_map<const JsonValue*, std::unordered_map<std::string_view, const JsonValue*>> members_;
  std::unique_ptr<SchemaRewriter> rewriter_;
  size_t work_ = 0;
  size_t dfa_work_left_ = 12'000'000;
};

}  // namespace vitrine::schema
