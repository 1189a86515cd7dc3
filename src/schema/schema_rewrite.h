// Keywords that say "if" or "not", rewritten as alternatives of plain schemas.
#pragma once

#include <deque>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "schema/schema_document.h"

namespace vitrine::schema {

/// Subschemas that all hold for one value, sorted by address. Empty: anything goes.
using Conjunction = std::vector<const JsonValue*>;
/// Conjunctions of which one must hold; none: nothing satisfies it.
using Ways = std::vector<Conjunction>;

/// Makes schemas for one document and keeps them, each once, so that they are known by their address like its own.
class SchemaRewriter {
 public:
  explicit SchemaRewriter(SchemaDocument& document) : document_(document) {}

  /// Returns the schema that holds where another does not. `asked_by` has the keyword that needs it, for messages.
  const JsonValue& negation(const JsonValue& schema, const JsonValue& asked_by, std::string_view keyword);
  /// Follows what a schema stands for; of all schemas that say the same negation it returns one.
  const JsonValue& canonical(const JsonValue& schema);
  /// Returns the ways to satisfy a keyword that has ways: anyOf, oneOf, if (with then and else), and dependentSchemas
  /// (of one `name` in it). With `for_evaluation` the ways also tell every set of alternatives that may hold, as
  /// unevaluatedProperties and unevaluatedItems ask for.
  const Ways& ways_of(const JsonValue& schema, std::string_view keyword, bool for_evaluation,
                      std::string_view name = "");
  /// Returns the ways in which a value can fail a schema, each in plain schemas, or in negations of a schema that has a
  /// single keyword of those of is_plain_negation(). Errors: kUnsupported, by the keyword that asked.
  const Ways& ways_against(const JsonValue& negation);
  /// Tells whether the negation of a schema is left to whoever compiles: of one keyword, and without ways.
  static bool is_plain_negation(const JsonValue& schema);
  /// Tells whether the schema has what may be read in many ways at once: negations, counted items, sets of
  /// alternatives.
  bool is_used() const { return first_use_.schema != nullptr; }
  void note_use(const JsonValue& schema, std::string_view keyword) {
    if (!is_used()) first_use_ = {&schema, keyword};
  }
  /// Throws, by the keyword that was used first. Errors: kUnsupported.
  [[noreturn]] void refuse_use(std::string_view what) const;
  /// Keeps a value for as long as the document lives.
  const JsonValue& keep(JsonValue value) { return made_.emplace_back(std::move(value)); }

 private:
  struct Origin {
    const JsonValue* schema;
    std::string_view keyword;
  };

  void fail_keyword(const JsonValue& schema, const JsonMember& member, const Origin& origin, Ways& ways);
  void fail_values(const JsonValue& list, const Origin& origin, Ways& ways);
  void fail_constant(const JsonValue& value, const Origin& origin, Ways& ways);
  bool fail_bound(std::string_view keyword, const JsonValue& bound, Ways& ways);
  bool fail_array(const JsonValue& schema, std::string_view keyword, const JsonValue& argument, const Origin& origin,
                  Ways& ways);
  bool fail_object(std::string_view keyword, const JsonValue& argument, const Origin& origin, Ways& ways);
  const JsonValue& negation(const JsonValue& schema, const Origin& origin) {
    return negation(schema, *origin.schema, origin.keyword);
  }
  Ways exclusive_ways(const JsonValue& schema, const JsonValue& list);
  [[noreturn]] void refuse(const Origin& origin, std::string_view keyword);

  SchemaDocument& document_;
  std::deque<JsonValue> made_;
  Origin first_use_ = {nullptr, ""};
  std::unordered_map<const JsonValue*, const JsonValue*> negations_;
  std::unordered_map<const JsonValue*, Origin> origins_;
  std::map<std::tuple<const JsonValue*, std::string_view, bool, std::string_view>, Ways> ways_;
};

}  // namespace vitrine::schema
