// Schemas that hold at once, flattened: $ref and allOf followed, anyOf and oneOf multiplied out.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "schema/schema_document.h"

namespace vitrine::schema {

/// Subschemas that all hold for one value, sorted by address. Empty: anything goes.
using Conjunction = std::vector<const JsonValue*>;

/// One way to satisfy a conjunction: schemas without references or alternatives, all of which hold.
struct FlatSchema {
  std::vector<const JsonValue*> parts;      ///< in the order in which they were found
  uint8_t types = kAnyType;
  std::vector<const JsonValue*> excluded;   ///< values that `not` takes out
};

/// Calls visit for each way to satisfy a conjunction; ways that are plainly impossible are left out.
/// Errors: as SchemaDocument::check(); kUnsupported where alternatives multiply to too many, and for a oneOf whose
/// alternatives do not provably exclude one another.
void for_each_alternative(SchemaDocument& document, const Conjunction& conjunction,
                          const std::function<void(const FlatSchema&)>& visit);

/// Tells whether no value can be valid under both, as far as types, const, enum and required members show.
bool exclude_each_other(SchemaDocument& document, const JsonValue& a, const JsonValue& b);

}  // namespace vitrine::schema
