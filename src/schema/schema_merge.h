// Schemas that hold at once, flattened: $ref and allOf followed, anyOf and oneOf multiplied out.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "schema/schema_document.h"
#include "schema/schema_rewrite.h"

namespace vitrine::schema {

/// One way to satisfy a conjunction: schemas without references or alternatives, all of which hold.
struct FlatSchema {
  std::vector<const JsonValue*> parts;  ///< in the order in which they were found
  uint8_t types = kAnyType;
  std::vector<const JsonValue*> excluded;  ///< values that `not` takes out
  std::vector<const JsonValue*> failed;    ///< schemas of one pattern, format or multiple that the value must fail
  /// A schema with unevaluatedProperties or unevaluatedItems, and the schemas beside and below it that may evaluate.
  struct Unevaluated {
    const JsonValue* owner;
    std::vector<const JsonValue*> evaluators;
  };
  std::vector<Unevaluated> unevaluated;
};

/// Calls visit for each way to satisfy a conjunction; ways that are plainly impossible are left out.
/// Errors: as SchemaDocument::check(); kUnsupported where alternatives multiply to too many, and for a negation that is
/// not told.
void for_each_alternative(SchemaDocument& document, const Conjunction& conjunction,
                          const std::function<void(const FlatSchema&)>& visit);

/// Tells whether no value can be valid under both, as far as types, const, enum and required members show.
bool exclude_each_other(SchemaDocument& document, const JsonValue& a, const JsonValue& b);

}  // namespace vitrine::schema
