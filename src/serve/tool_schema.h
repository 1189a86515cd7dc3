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

/// A schema of one call of these tools. `is_list`: the form writes a list of calls.
std::string call_schema(const std::vector<ToolSpec>& tools, bool is_list);

/// A schema of calls or of arguments, compiled. An object that lists its properties and says nothing of others has no
/// others: a small model would invent keys to no end. Errors: as schema::compile_json_schema.
schema::Grammar compiled_tool_schema(const std::string& text, bool is_compact);

}  // namespace vitrine::serve
