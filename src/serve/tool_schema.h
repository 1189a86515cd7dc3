// Schemas of tools' arguments: read from requests, and put together to what a call has to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/grammar.h"
#include "serve/json_reader.h"

namespace vitrine::serve {

/// A function that the model may call.
struct ToolSpec {
  std::string name;
  std::string description;
  std::string parameters;  ///< JSON schema of the arguments; empty: none are
};

/// The schema of a tool's arguments as JSON text, empty where there is none. Errors: ApiError 400 for one that is no
/// schema of an object, or cannot be kept to; it names the tool and the place.
std::string read_parameters(const Fields& tool, std::string_view key, const std::string& name);

/// What a schema of calls is to allow, and where it stands.
struct CallSchemaForm {
  bool is_list = false;                          ///< a list of calls, not one
  int64_t max_calls = 1;                         ///< of a list; 0: any number
  std::string_view arguments_key = "arguments";  ///< beside "name"
  std::string place = {};                        ///< in a larger schema, as "/$defs/calls"
};

/// A schema of a call of one of these tools.
std::string call_schema(const std::vector<ToolSpec>& tools, const CallSchemaForm& form);

/// A schema of a tool's arguments that stands at `place` of a larger one: its references lead to there.
std::string arguments_schema(const ToolSpec& tool, const std::string& place);

/// How schemas of tools are taken. An object that lists its properties and says nothing of others has no
/// others: a small model would invent keys to no end.
schema::JsonSchemaOptions tool_schema_options(bool is_compact);

/// A schema of calls or of arguments, compiled. Errors: as schema::compile_json_schema.
schema::Grammar compiled_tool_schema(const std::string& text, bool is_compact);

}  // namespace vitrine::serve
