// Texts that have values of a schema in them, in a notation that is not JSON's: calls that are written as tags, say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/grammar.h"

namespace vitrine::schema {

/// A piece of such a text.
struct TextPiece {
  enum class Kind : uint8_t {
    kLiteral,  ///< `text` as it is
    kSpace,    ///< any white space of JSON, or none
    kJson,     ///< a JSON text of the schema that `text` refers to, as "#/$defs/a/properties/b"
    kBare,     ///< the same, but a string stands without quotes and escapes, and has no `stop` in it
    kAll,      ///< the parts one after another
    kOne,      ///< one of the parts
    kSome,     ///< the one part, once or more often
  };
  Kind kind = Kind::kAll;
  std::string text = {}, stop = {};
  std::vector<TextPiece> parts = {};
};

/// Compiles what a piece may be; its values are of this schema. Errors: as compile_json_schema().
Grammar compile_text(const TextPiece& piece, std::string_view schema, const JsonSchemaOptions& options = {});

}  // namespace vitrine::schema
