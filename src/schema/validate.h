// Judging a document by a schema, in the same subset of JSON Schema that is compiled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/grammar.h"

namespace vitrine::schema {

struct JsonValue;
class SchemaDocument;

/// Returns what is wrong with a JSON document by a schema, a line each ("at /items/0: ..."); empty where it is valid.
/// At most 20 lines. Where a key stands twice in an object the last one counts, as with most readers of JSON.
/// Errors: as compile_json_schema() for the schema; kInvalidArgument for a document that is no JSON.
std::vector<std::string> validate(std::string_view document, std::string_view schema,
                                  const JsonSchemaOptions& options = {});

/// Tells whether a value is valid under one subschema.
bool is_valid(const JsonValue& value, const JsonValue& schema, SchemaDocument& document);

}  // namespace vitrine::schema
